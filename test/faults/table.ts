/** Prints rows in columns, under their names: in Markdown. */
export function printTable(rows: readonly Readonly<Record<string, string | number>>[]): void {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = (column: number) => typeof rows[0]?.[names[column] ?? ''] === 'number';
  const write = (line: readonly string[]) =>
    console.log(
      `| ${line.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`,
    );
  lines.forEach((line, index) => {
    write(line);
    if (index === 0) write(widths.map((width) => '-'.repeat(width)));
  });
}
