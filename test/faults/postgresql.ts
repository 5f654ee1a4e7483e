import { execFileSync, spawn } from 'node:child_process';
import { chownSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { preparePrograms } from '../../src/db/embedded/programs.ts';
import { childOptions, findDatabaseUser, runAs } from '../../src/db/embedded/user.ts';
import { makeFolder } from '../folders.ts';

/** The machine does not fail here, PostgreSQL does: what it wrote outlives it in the memory of the system. */
const settings = ['listen_addresses=', 'max_connections=200', 'dynamic_shared_memory_type=mmap', 'fsync=off', 'log_min_messages=log'];

const words = ['--pgdata=data', '--username=postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];

/** Stops PostgreSQL when stdin closes: when the program has ended, or was killed. */
const supervise = `
"$1/bin/postgres" -D data -k "$PWD" & postgres=$!
(read -r _; kill -QUIT $postgres) <&3 >/dev/null 2>&1 & reader=$!
wait $postgres
kill $reader`;

export type Postgresql = Awaited<ReturnType<typeof createPostgresql>>;

/** Creates a PostgreSQL server of the program's own, in a folder that is removed with it. It is not started. @param parent of the folder. */
export async function createPostgresql(more: readonly string[] = [], parent?: string) {
  const user = findDatabaseUser([]);
  const { folder: programs } = await preparePrograms(user, () => undefined);
  const folder = makeFolder('gateway-faults-', parent);
  if (user) chownSync(folder, user.uid, user.gid);
  await runAs(user, folder, join(programs, 'bin/initdb'), ...words, ...[...settings, ...more].map((setting) => `--set=${setting}`));
  const log: string[] = [];
  let running: { end(): void; ended: Promise<void> } | null = null;

  const start = async () => {
    const stdio = ['ignore', 'ignore', 'pipe', 'pipe'] as const;
    const child = spawn('/bin/sh', ['-c', supervise, 'sh', programs], { ...childOptions(user, folder), detached: true, stdio: [...stdio] });
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    const lifeline = child.stdio[3];
    running = { ended, end: () => void lifeline?.destroy() };
    const isReady = new Promise<void>((resolve) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log.push(text);
        if (text.includes('ready to accept connections')) resolve();
      });
    });
    const failed = ended.then(() => Promise.reject(new Error(`PostgreSQL ended: ${log.slice(-5).join('')}`)));
    failed.catch(() => undefined);
    await Promise.race([isReady, failed]);
  };
  const findPostmaster = () => Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const stop = async (signal: 'SIGINT' | 'SIGQUIT') => {
    if (!running) return;
    const { end, ended } = running;
    running = null;
    process.kill(findPostmaster(), signal);
    await ended;
    end();
  };
  return {
    folder,
    /** What it wrote to its log. */
    log,
    socket: join(folder, '.s.PGSQL.5432'),
    /** The URL of a database of the server, without the proxy. */
    url: (database: string) => `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`,
    start,
    stop,
    /** Sends a signal to the server and each of its processes. */
    signal: (signal: NodeJS.Signals) => {
      for (const id of findFamily(findPostmaster())) process.kill(id, signal);
    },
    remove: async () => {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** Runs statements on a connection of their own and answers the rows of the last. */
export async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url).on('error', () => undefined);
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

function findFamily(parent: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const children = lines.map((line) => line.trim().split(/\s+/).map(Number)).flatMap(([id = 0, of]) => (of === parent ? [id] : []));
  return [parent, ...children];
}
