import { spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createLogReader } from './log.ts';
import { childOptions, type DatabaseUser, runAs } from './user.ts';

const { O_RDONLY, O_RDWR, O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
const script = readFileSync(new URL('supervise.sh', import.meta.url), 'utf8');

const settings = {
  // No TCP, and a relative path, to which no limit of length applies.
  listen_addresses: '',
  port: '5432',
  unix_socket_directories: '..',
  unix_socket_permissions: '0600',
  // The server, and a few commands beside it.
  max_connections: '60',
  shared_buffers: '32MB',
  max_wal_size: '128MB',
  min_wal_size: '32MB',
  io_method: 'sync',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  // The log holds no data of accounts.
  log_error_verbosity: 'terse',
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

/** One use of the database. */
export type Use = {
  /** The FIFO, open for writing: the use lasts until it is closed. */
  readonly users: number;
  /** What a supervisor that this process started has written. */
  readOutput(): string;
};

/** Takes part in a database that is supervised; null where none is. Node closes the descriptor in child processes. */
export function joinUsers(folder: string): Use | null {
  try {
    const users = openSync(join(folder, 'users'), O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    if (fstatSync(users).isFIFO()) return { users, readOutput: () => '' };
    closeSync(users);
    return null;
  } catch (error) {
    // ENXIO: nothing has it open for reading.
    if (error instanceof Error && 'code' in error && (error.code === 'ENXIO' || error.code === 'ENOENT')) return null;
    throw error;
  }
}

/** Whether a supervisor still reads. At the line that is written, it checks whether PostgreSQL still runs. */
export function isSupervised(users: number): boolean {
  try {
    writeSync(users, '\n');
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
  }
}

/**
 * Starts a supervisor in a session of its own, which Ctrl-C does not reach.
 * @param mode `replace`: a PostgreSQL that runs without a supervisor is stopped first.
 * @param release the release of the gateway.
 */
export async function startSupervisor(
  { folder, programs, user }: { readonly folder: string; readonly programs: string; readonly user: DatabaseUser },
  mode: 'start' | 'replace',
  release: string,
): Promise<Use> {
  await runAs(user, folder, 'sh', '-c', 'mkfifo -m 600 users 2>/dev/null || [ -p users ] || { rm -rf users && mkfifo -m 600 users; }');
  const fifo = join(folder, 'users');
  // Open for both first: neither end waits for the other, and the supervisor reads from a FIFO that has a writer.
  const both = openSync(fifo, O_RDWR | O_NOFOLLOW);
  const reader = openSync(fifo, O_RDONLY | O_NOFOLLOW);
  const users = openSync(fifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  closeSync(both);
  const readLog = createLogReader(folder);
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const options = childOptions(user, folder);
  // Not as an argument, which `ps` would show whole.
  const child = spawn('sh', ['-c', 'eval "$supervise"', 'supervise', programs, release, mode, ...words], {
    ...options,
    env: { ...options.env, supervise: script },
    stdio: [reader, 'ignore', 'ignore'],
    detached: true,
  });
  closeSync(reader);
  child.unref();
  let failure: Error | undefined;
  child.on('error', (error) => {
    failure = error;
  });
  return { users, readOutput: () => (failure ? `error: ${failure.message}` : readLog()) };
}
