import type { Duplex } from 'node:stream';
import type pg from 'pg';

// COPY by the messages of the protocol (PostgreSQL, "COPY Operations"): the driver passes them on, and has no function for it.

/** The part of a connection of the driver that COPY uses. */
type Wire = { readonly stream: Duplex };

const chunkBytes = 64 * 1024;

/**
 * Runs COPY … TO STDOUT.
 * @param write takes a part of the rows. No more is read meanwhile than what the connection has received.
 * @returns the number of rows.
 */
export function copyOut(client: pg.Client, statement: string, write: (part: Buffer) => Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let waiting: Buffer[] = [];
    let bytes = 0;
    let rows = 0;
    let written: Promise<unknown> = Promise.resolve();
    const flush = () => {
      const part = Buffer.concat(waiting);
      [waiting, bytes] = [[], 0];
      written = written.then(() => write(part));
      return written;
    };
    client.query({
      submit: ({ stream }: Wire) => void stream.write(frame('Q', Buffer.from(`${statement}\0`))),
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }, { stream }: Wire) => {
        // The driver uses the bytes of the message again.
        waiting.push(Buffer.from(chunk));
        bytes += chunk.length;
        if (bytes < chunkBytes) return;
        stream.pause();
        flush().then(
          () => stream.resume(),
          // The server would send the rest, which can take long.
          (error) => {
            reject(error);
            stream.destroy();
          },
        );
      },
      handleCommandComplete: ({ text }: CommandComplete) => {
        rows = countOf(text);
      },
      handleReadyForQuery: () => {
        (bytes > 0 ? flush() : written).then(() => resolve(rows), reject);
      },
      handleError: reject,
    });
  });
}

/**
 * Runs COPY … FROM STDIN.
 * @param parts parts of rows, however they are divided. Where they fail, so does the statement, with their error.
 * @returns the number of rows.
 */
export function copyIn(client: pg.Client, statement: string, parts: AsyncIterable<Buffer>): Promise<number> {
  return new Promise((resolve, reject) => {
    let rows = 0;
    let isOver = false;
    let failure: unknown;
    const end = (error: unknown) => {
      isOver = true;
      reject(failure ?? error);
    };
    const send = async (stream: Duplex) => {
      try {
        for await (const part of parts) {
          if (isOver) return;
          await new Promise<void>((sent) => stream.write(frame('d', part), () => sent()));
        }
        stream.write(frame('c', Buffer.alloc(0)));
      } catch (error) {
        failure = error;
        stream.write(frame('f', Buffer.from('the rows cannot be read\0')));
      }
    };
    client.query({
      submit: ({ stream }: Wire) => void stream.write(frame('Q', Buffer.from(`${statement}\0`))),
      handleCopyInResponse: ({ stream }: Wire) => void send(stream),
      handleCommandComplete: ({ text }: CommandComplete) => {
        rows = countOf(text);
      },
      handleReadyForQuery: () => resolve(rows),
      handleError: end,
    });
  });
}

type CommandComplete = { readonly text: string };

/** `COPY 12` */
function countOf(text: string): number {
  return Number(text.split(' ')[1] ?? 0);
}

/** A message to the server: its type, its length with the length itself, its body. */
function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
