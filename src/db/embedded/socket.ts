import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// sockaddr_un: 108 bytes with the final zero on Linux, 104 on macOS.
const socketBytesMax = process.platform === 'darwin' ? 103 : 107;

/** A folder through which this process reaches the socket. */
export type SocketFolder = { readonly path: string; close(): void };

/** The folder itself; or, where its path is longer than a socket's may be, a link to it in a private temporary folder. */
export function openSocketFolder(folder: string): SocketFolder {
  if (Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= socketBytesMax) return { path: folder, close: () => undefined };
  const own = mkdtempSync(join(tmpdir(), 'gateway-'));
  symlinkSync(folder, join(own, 'db'));
  return { path: join(own, 'db'), close: () => rmSync(own, { recursive: true, force: true }) };
}
