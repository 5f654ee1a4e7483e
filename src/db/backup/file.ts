import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { DatabaseUnusable } from '../unusable.ts';

// A backup is a line of text and frames: a letter, the length of the body in four bytes, the body. The last frame is the
// SHA-256 of all before it.
//   h  the header, as JSON
//   t  a table and its columns, as JSON
//   d  rows of that table, in the text format of COPY
//   s  the checksum

const firstLine = Buffer.from('account-gateway backup\n');
const headBytes = 5;
const bodyBytesMax = 256 * 1024 * 1024;

export type Frame = { readonly kind: string; readonly body: Buffer };

/** Writes the frames of a backup. */
export type FrameWriter = { write(kind: string, body: Buffer): Promise<void> };

/**
 * Writes a file of mode 0600, complete or not at all: it has another name until it is complete.
 * @returns its length in bytes.
 */
export async function writeFrames(path: string, write: (writer: FrameWriter) => Promise<void>): Promise<number> {
  const draft = `${path}.${process.pid}.partial`;
  const file = await open(draft, 'wx', 0o600);
  try {
    const bytes = await writeAll(file, write);
    await file.sync();
    await file.close();
    await rename(draft, path);
    return bytes;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, write: (writer: FrameWriter) => Promise<void>): Promise<number> {
  const checksum = createHash('sha256');
  let bytes = 0;
  const put = async (part: Buffer) => {
    checksum.update(part);
    await file.appendFile(part);
    bytes += part.length;
  };
  const putFrame = (kind: string, body: Buffer) => {
    const head = Buffer.alloc(headBytes);
    head.write(kind, 'latin1');
    head.writeUInt32BE(body.length, 1);
    return put(Buffer.concat([head, body]));
  };
  await put(firstLine);
  await write({ write: putFrame });
  await putFrame('s', checksum.copy().digest());
  return bytes;
}

/**
 * Reads the frames of a file, without the checksum, which is compared after the last one.
 * @throws DatabaseUnusable when it is no backup, is damaged, or is not complete.
 */
export async function* readFrames(path: string): AsyncGenerator<Frame> {
  const file = await open(path, 'r');
  try {
    const checksum = createHash('sha256');
    const start = await readBytes(file, firstLine.length);
    if (!start?.equals(firstLine)) throw new DatabaseUnusable(`${path} is not a backup of the gateway`);
    checksum.update(start);
    for (;;) {
      const head = await readBytes(file, headBytes);
      const length = head?.readUInt32BE(1) ?? 0;
      const body = head && length <= bodyBytesMax ? await readBytes(file, length) : null;
      if (!head || !body) throw damaged(path);
      const kind = head.toString('latin1', 0, 1);
      if (kind === 's') {
        const isWhole = body.equals(checksum.digest()) && (await readBytes(file, 1)) === null;
        if (!isWhole) throw damaged(path);
        return;
      }
      checksum.update(head).update(body);
      yield { kind, body };
    }
  } finally {
    await file.close();
  }
}

function damaged(path: string): DatabaseUnusable {
  return new DatabaseUnusable(`the backup ${path} is damaged or not complete: use another one`);
}

/** The next bytes of a file; null where it has fewer. */
async function readBytes(file: FileHandle, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await file.read(bytes, read, length - read);
    if (bytesRead === 0) return null;
    read += bytesRead;
  }
  return bytes;
}
