import { afterAll, expect } from 'vitest';
import { removeLeftovers } from './afterwards.ts';
import { takeLoggedSecrets } from './secrets.ts';
import { takeWarnings } from './warnings.ts';

afterAll(() => expect(takeLoggedSecrets()).toEqual([]));
// The latest first, so that warnings of the clean-up count too.
afterAll(() => expect(takeWarnings()).toEqual([]));
afterAll(removeLeftovers);
