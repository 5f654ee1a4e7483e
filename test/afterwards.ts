import { afterAll } from 'vitest';

const leftovers: (() => unknown)[] = [];

/** Has something taken away after the tests of the file, the latest first; vitest's own hook does nothing inside a test. */
export function afterwards(remove: () => unknown): void {
  leftovers.push(remove);
}

afterAll(async () => {
  for (const remove of leftovers.reverse()) await remove();
});
