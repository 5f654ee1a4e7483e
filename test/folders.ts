import { accessSync, chmodSync, constants, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const freeBytesMin = 2 * 1024 ** 3;

/** Creates an empty folder that every user can pass through: as root, PostgreSQL runs as another user. */
export function makeFolder(prefix: string, parent = findParent()): string {
  const folder = mkdtempSync(join(parent, prefix));
  chmodSync(folder, 0o711);
  return folder;
}

/** A folder in memory, where the system has one with enough space. */
function findParent(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > freeBytesMin) return '/dev/shm';
  } catch {}
  return tmpdir();
}
