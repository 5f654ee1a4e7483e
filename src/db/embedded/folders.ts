import { closeSync, fsyncSync, openSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type DatabaseUser, runAs } from './user.ts';

/**
 * Makes a folder whole or not at all: beside its place, then renamed into it. What a killed process left behind is
 * removed; of two processes at once, one wins.
 * @param make fills the folder of this path.
 */
export async function makeFolder(user: DatabaseUser, path: string, make: (beside: string) => Promise<unknown>): Promise<void> {
  const remove = (leftover: string) => runAs(user, '/', 'rm', '-rf', leftover).catch(() => undefined);
  for (const leftover of findLeftovers(path)) await remove(leftover);
  const beside = `${path}.${process.pid}`;
  try {
    await make(beside);
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (error) {
    await remove(beside);
    if (!isTaken(path)) throw error;
  }
}

/** Writes the names of a folder to the disk. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function isTaken(path: string): boolean {
  return readdirSync(dirname(path)).includes(basename(path));
}

/** What this process, or one that runs no more, made beside a path. */
function findLeftovers(path: string): string[] {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`));
  const isLeft = (id: number) => id === process.pid || (id > 0 && !isRunning(id));
  return names.filter((name) => isLeft(Number(name.slice(basename(path).length + 1)))).map((name) => join(dirname(path), name));
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
