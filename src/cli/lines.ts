import type { Readable, Writable } from 'node:stream';
import type { Terminal } from './terminal.ts';

const lineBytesMax = 64 * 1024;
/** As pino numbers it. */
const infoLevel = 30;

/** An input on stdin cannot be used. The message says why. */
export class UnusableInput extends Error {
  override readonly name = 'UnusableInput';
}

/** Prints a text, with a newline at its end. Resolves when it is written. */
export function print(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text.endsWith('\n') ? text : `${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

/** Logs what the operator did and no activity shows: a line of JSON on stderr, in the form of the log of the server. */
export function logCommand({ stderr }: Terminal, event: string, details: Readonly<Record<string, string | number>>): Promise<void> {
  return print(stderr, JSON.stringify({ level: infoLevel, time: Date.now(), event, by: 'operator', ...details, msg: 'operator command' }));
}

/**
 * Reads a stream of one line, without the newline at its end.
 * @throws UnusableInput when it has more than one line, or is not UTF-8.
 */
export async function readLine(stream: Readable, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > lineBytesMax) throw new UnusableInput(`${what} on stdin is longer than 64 KiB`);
  }
  const line = decode(Buffer.concat(chunks), what).replace(/\r?\n$/, '');
  if (/[\r\n]/.test(line)) throw new UnusableInput(`${what} on stdin must be one line`);
  return line;
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnusableInput(`${what} on stdin must be UTF-8`);
  }
}
