import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, cpSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from '../src/db/embedded/programs.ts';

const freeBytesMin = 1024 ** 3;

/** The data is deleted at the end, so it need not survive a crash. Every worker has its own connections. */
const settings = {
  listen_addresses: '',
  max_connections: '500',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  log_min_messages: 'log',
};

/** Runs PostgreSQL until stdin is closed: at the end of the tests, also when they are killed. */
const supervise = `
"$1/bin/postgres" -D "$2/data" -k "$2" & postgres=$!
read -r _
kill -QUIT $postgres
wait $postgres
rm -rf "$2"`;

/** Starts a PostgreSQL server for one run of the tests. @returns its URL. */
export async function startCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(findFolder(), 'gateway-tests-'));
  const user = findUser();
  if (user) chownSync(folder, user.uid, user.gid);
  const programs = placePrograms(folder, user);
  const options = Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const words = ['-D', join(folder, 'data'), '--username=postgres', '--auth=trust', '--no-sync', ...locale, ...options];
  execFileSync(join(programs, 'bin/initdb'), words, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });

  const child = spawn('/bin/sh', ['-c', supervise, 'sh', programs, folder], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      if (log.includes('ready to accept connections')) resolve();
    });
    ended.then(() => reject(new Error(`PostgreSQL did not start: ${log}`)));
  });
  const stop = () => {
    child.stdin.end();
    return ended;
  };
  return { url: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`, stop };
}

/** A folder in memory where the system has one that is large enough. */
function findFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > freeBytesMin) return '/dev/shm';
  } catch {}
  return tmpdir();
}

type User = { uid: number; gid: number };

/** The user that PostgreSQL runs as. PostgreSQL refuses root; undefined: the user of this process. */
function findUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['account-gateway', 'postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((what) => Number(spawnSync('id', [what, name], { encoding: 'utf8' }).stdout || Number.NaN));
    if (uid !== undefined && gid !== undefined && Number.isInteger(uid)) return { uid, gid };
  }
  throw new Error('PostgreSQL refuses root, and the system has no user account-gateway, postgres or nobody');
}

/** The programs as they are installed, or a copy where the user cannot reach them. */
function placePrograms(folder: string, user: User | undefined): string {
  const programs = findPrograms().folder;
  if (!user || spawnSync(join(programs, 'bin/postgres'), ['--version'], { ...user, cwd: folder }).status === 0) return programs;
  cpSync(programs, join(folder, 'programs'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'programs');
}
