const leftovers: (() => unknown)[] = [];

/** Has something taken away after the tests of the file, the latest first; vitest's own hook does nothing inside a test. */
export function afterwards(remove: () => unknown): void {
  leftovers.push(remove);
}

export async function removeLeftovers(): Promise<void> {
  for (const remove of leftovers.splice(0).reverse()) await remove();
}
