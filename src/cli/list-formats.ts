import { print } from './lines.ts';
import type { Terminal } from './terminal.ts';

/** Writes a list in pages, as each page is read. */
export type ListFormat<Item> = {
  add(page: readonly Item[]): string;
  end(): string;
};

/** Prints each page as it is read, without the ids of its rows. Nothing is printed where the first page cannot be read. */
export async function printList<Item extends { readonly id: number }>(
  { stdout }: Terminal,
  format: ListFormat<Omit<Item, 'id'>>,
  pages: AsyncIterable<readonly Item[]>,
): Promise<void> {
  for await (const page of pages) {
    await print(stdout, format.add(page.map(({ id: _, ...fields }) => fields)));
  }
  const end = format.end();
  if (end !== '') await print(stdout, end);
}

/** One JSON array, with a line for each item. */
export function createJsonList<Item>(): ListFormat<Item> {
  let before = '[';
  return {
    add: (page) => {
      const lines = page.map((item, index) => `${index === 0 ? before : ','}${JSON.stringify(item)}`);
      before = ',';
      return lines.join('\n');
    },
    end: () => (before === '[' ? '[]' : ']'),
  };
}

/** Columns of text under their headings. They are as wide as the first page needs; a later page can make them wider. */
export function createTable<Item>(headings: readonly string[], describe: (item: Item) => readonly string[]): ListFormat<Item> {
  const widths = headings.map(({ length }) => length);
  let above: readonly (readonly string[])[] = [headings];
  const format = (rows: readonly (readonly string[])[]) => {
    const all = [...above, ...rows];
    above = [];
    for (const row of rows) for (const [column, word] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, word.length);
    return all.map((row) => formatRow(row, widths)).join('\n');
  };
  return { add: (page) => format(page.map(describe)), end: () => format([]) };
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((word, column) => word.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();
}
