import { spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { preparePrograms } from '../src/db/embedded/programs.ts';
import { childOptions, findDatabaseUser, runAs } from '../src/db/embedded/user.ts';
import { makeFolder } from './folders.ts';

/** The data is thrown away, so nothing is done to keep it through a crash. Every worker has pools of its own. */
const settings = {
  listen_addresses: '',
  max_connections: '500',
  // In the folder, with which it is removed.
  dynamic_shared_memory_type: 'mmap',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  log_min_messages: 'log',
};

const encoding = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

/** Starts PostgreSQL, and stops it and removes its folder when stdin closes: when the tests have ended, or were killed. */
const supervise = `
"$1/bin/postgres" -D data -k "$PWD" & postgres=$!
read -r _
kill -QUIT $postgres
wait $postgres
rm -rf "$PWD"`;

/** Starts a PostgreSQL server that only the tests of one run use, and answers its URL. */
export async function startCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const user = findDatabaseUser([]);
  const { folder: programs } = await preparePrograms(user, console.info);
  const folder = makeFolder('gateway-tests-');
  if (user) chownSync(folder, user.uid, user.gid);
  const options = Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`);
  const words = ['--pgdata=data', '--username=postgres', '--auth=trust', '--no-sync', ...encoding, ...options];
  await runAs(user, folder, join(programs, 'bin/initdb'), ...words);

  const child = spawn('/bin/sh', ['-c', supervise, 'sh', programs], {
    ...childOptions(user, folder),
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
