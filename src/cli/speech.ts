import type { Readable, Writable } from 'node:stream';

const lineBytesMax = 64 * 1024;

/** Something the command line was given that it cannot use; the message says what and why. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}

/** Writes a text as lines of its own and answers when it is written. */
export function say(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text.endsWith('\n') ? text : `${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Reads the one line that a stream holds, without the newline at its end.
 * @throws Unusable when it is more than a line, or not UTF-8.
 */
export async function readLine(stream: Readable, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > lineBytesMax) throw new Unusable(`${what} on stdin is too long`);
  }
  const line = decode(Buffer.concat(chunks), what).replace(/\r?\n$/, '');
  if (/[\r\n]/.test(line)) throw new Unusable(`${what} on stdin must be one line`);
  return line;
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Unusable(`${what} on stdin must be UTF-8`);
  }
}

/** Sets rows of words in columns, under their headings. */
export function tabulate(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [headings, ...rows]
    .map((row) =>
      row
        .map((word, column) => word.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
