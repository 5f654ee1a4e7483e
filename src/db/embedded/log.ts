import { closeSync, constants, fstatSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const tailBytes = 16_384;

/** @returns a function that reads what was written into the log since now; at most the end of it. */
export function createLogReader(folder: string): () => string {
  const path = join(folder, 'log');
  const start = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return () => {
    // PostgreSQL cannot write the reason down on a full disk.
    const { bavail } = statfsSync(folder);
    const full = bavail === 0 ? `error: No space left on the disk of ${folder}.\n` : '';
    return statSync(path, { throwIfNoEntry: false }) ? full + readEnd(path, start) : full;
  };
}

function readEnd(path: string, start: number): string {
  const log = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(log);
    const from = Math.max(size < start ? 0 : start, size - tailBytes);
    const bytes = Buffer.alloc(size - from);
    return bytes.toString('utf8', 0, readSync(log, bytes, 0, bytes.length, from));
  } finally {
    closeSync(log);
  }
}

/** Why PostgreSQL or initdb failed, out of what it wrote; empty when it gave no reason. */
export function findReasons(output: string): string {
  const reasons = output.split('\n').flatMap((line) => /(?:FATAL|PANIC|HINT|error|hint): +(.*)/.exec(line)?.[1] ?? []);
  return [...new Set(reasons)].map((reason) => (/[.!]$/.test(reason) ? reason : `${reason}.`)).join(' ');
}

/** Whether PostgreSQL was refused only because another one runs on the cluster, or has not ended yet. */
export function isAlreadyRunning(output: string): boolean {
  return /FATAL: +(?:lock file|pre-existing shared memory block)/.test(output);
}
