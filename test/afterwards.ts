const leftovers: (() => unknown)[] = [];

/** Cleans up after the tests of the file, the latest first. The hook of vitest does nothing inside a test. */
export function afterwards(remove: () => unknown): void {
  leftovers.push(remove);
}

export async function removeLeftovers(): Promise<void> {
  for (const remove of leftovers.splice(0).reverse()) await remove();
}
