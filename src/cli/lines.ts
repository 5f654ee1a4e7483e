import type { Readable, Writable } from 'node:stream';
import type { Terminal } from './terminal.ts';

const lineBytesMax = 64 * 1024;
/** As pino numbers it. */
const infoLevel = 30;

/** A command cannot be done. The message says why. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
}

/**
 * Prints a text, with a newline at its end. Resolves when it is written.
 * @throws CommandRefused when the disk is full, or the program that reads the stream has ended.
 */
export function print(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new CommandRefused(`the output cannot be written: ${error.message}`));
    // Without a listener, the process ends at the error.
    stream.once('error', fail);
    stream.write(text.endsWith('\n') ? text : `${text}\n`, (error) => {
      if (error) return fail(error);
      stream.off('error', fail);
      resolve();
    });
  });
}

/** Logs what the operator did and no activity shows: a line of JSON on stderr, in the form of the log of the server. */
export function logCommand({ stderr }: Terminal, event: string, details: Readonly<Record<string, string | number>>): Promise<void> {
  return print(stderr, JSON.stringify({ level: infoLevel, time: Date.now(), event, by: 'operator', ...details, msg: 'operator command' }));
}

/**
 * Reads a stream of one line, without the newline at its end.
 * @throws CommandRefused when it has more than one line, or is not UTF-8.
 */
export async function readLine(stream: Readable, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > lineBytesMax) throw new CommandRefused(`${what} on stdin is longer than 64 KiB`);
  }
  const line = decode(Buffer.concat(chunks), what).replace(/\r?\n$/, '');
  if (/[\r\n]/.test(line)) throw new CommandRefused(`${what} on stdin must be one line`);
  return line;
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandRefused(`${what} on stdin must be UTF-8`);
  }
}
