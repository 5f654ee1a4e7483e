import { readdirSync, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const tasks = '/proc/self/task';
const lowered = 10;
const namedMs = 500;

/**
 * Lowers the priority of the threads that hash passwords, the pool of libuv, so that requests do not wait for a processor that
 * hashes. On Linux a thread has a priority of its own; on other systems nothing is done.
 */
export async function lowerHashingPriority(): Promise<void> {
  if (process.platform !== 'linux') return;
  // The pool begins with its first work, and each thread names itself a little later.
  await access(tasks);
  await sleep(namedMs, undefined, { ref: false });
  for (const thread of readdirSync(tasks)) {
    try {
      if (readFileSync(`${tasks}/${thread}/comm`, 'utf8').startsWith('libuv-worker')) setPriority(Number(thread), lowered);
    } catch {
      // The thread ended meanwhile, or the container may not change priorities: requests wait longer while passwords are hashed.
    }
  }
}
