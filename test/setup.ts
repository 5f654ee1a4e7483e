import { afterAll, expect } from 'vitest';
import { removeLeftovers } from './afterwards.ts';
import { takeWarnings } from './warnings.ts';

// The latest first: what Node warned of while the leftovers were removed counts as well.
afterAll(() => expect(takeWarnings()).toEqual([]));
afterAll(removeLeftovers);
