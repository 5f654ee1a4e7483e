import { execFileSync, type SpawnOptions } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbedded } from '../src/db/embedded/embedded.ts';
import { afterwards } from './afterwards.ts';
import { makeFolder } from './folders.ts';
import { queryOn } from './postgresql.ts';
import { isDatabaseRunning, run, until } from './processes.ts';

export const isRoot = process.getuid?.() === 0;

/** A folder for a data folder, which every user may pass through, removed after the tests of the file. */
export function createFolder(parent?: string): string {
  const folder = makeFolder('gateway-embedded-', parent);
  afterwards(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}

/** Uses the embedded database of a data folder in this process, which takes less time than another. */
export async function useHere(dataDir: string) {
  const { url, notes, release } = await openEmbedded(dataDir, () => undefined);
  afterwards(release);
  return { notes, query: (statement: string) => queryOn(url, statement), end: release };
}

/** Uses the embedded database of a data folder in another process, which can be killed. */
export function useDatabase(dataDir: string, options: SpawnOptions = {}) {
  const { child, output, ended } = run('test/use-embedded.ts', [dataDir], {}, options);
  afterwards(() => child.kill('SIGKILL') && ended);
  const lines = () => output.stdout.split('\n').slice(0, -1);
  let asked = 0;
  const read = async (index: number) => {
    await Promise.race([until(() => lines().length > index, 110), ended]);
    const line = lines()[index];
    if (line === undefined) throw new Error(`the process ended: ${output.stderr}`);
    return JSON.parse(line);
  };
  return {
    child,
    ended,
    /** What it says once the database answers. */
    ready: (): Promise<{ notes: string[] }> => read(0),
    query: (statement: string) => {
      asked += 1;
      child.stdin?.write(`${statement}\n`);
      return read(asked);
    },
    end: () => {
      child.stdin?.end();
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** Waits until the database of a data folder has stopped, and prints the seconds. */
export async function untilStopped(dataDir: string): Promise<void> {
  const from = performance.now();
  await until(() => !isDatabaseRunning(dataDir));
  console.log(`PostgreSQL stopped ${Math.round(performance.now() - from)} ms after its last user`);
}

/** The process of a running database that PostgreSQL started first. */
export function readPostgres(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgresql/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** The processes of a running database: PostgreSQL, and the two of its supervisor. */
export function findProcesses(dataDir: string) {
  const postgres = readPostgres(dataDir);
  const processes = listProcesses();
  const supervisor = processes.find(([id]) => id === postgres)?.[1];
  const reader = processes.find(([id, parent]) => parent === supervisor && id !== postgres)?.[0];
  // A signal to the process 0 would be one to every process of the tests.
  if (!supervisor || !reader) throw new Error(`PostgreSQL ${postgres} is not supervised: ${JSON.stringify({ supervisor, reader })}`);
  return { postgres, supervisor, reader };
}

/** Processes, and the processes that they started. */
export function findFamily(ids: number[]): number[] {
  const children = listProcesses().flatMap(([id, parent]) => (ids.includes(parent) ? [id] : []));
  return children.length === 0 ? ids : [...ids, ...findFamily(children)];
}

function listProcesses(): [id: number, parent: number][] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return rows.map((row) => row.trim().split(/\s+/)).map(([id, parent]) => [Number(id), Number(parent)]);
}

export function readLog(dataDir: string): string {
  return readFileSync(join(dataDir, 'postgresql/log'), 'utf8');
}
