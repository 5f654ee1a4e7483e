import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process has the data folder open. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  constructor(folder: string) {
    super(`${folder} is in use by another process: a running server, or a command that has not ended`);
  }
}

/**
 * Takes a folder for this process alone and answers the function that gives it back.
 *
 * The lock is an open write transaction on an empty SQLite file, because that is the one lock Node offers which the
 * kernel itself lets go of: after `kill -9` the folder is free at once, with no stale file and no process id to guess at.
 * @throws FolderInUse
 */
export function lockFolder(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new FolderInUse(folder);
  }
  return () => lock.close();
}
