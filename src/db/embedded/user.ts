import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { DatabaseUnusable } from '../unusable.ts';

/** The user that PostgreSQL runs as; null: the user of this process, which is not root. */
export type DatabaseUser = { readonly uid: number; readonly gid: number; readonly name: string } | null;

/** Where a clone or a data folder that this user cannot reach is copied to. */
export const systemFolder = '/var/lib/account-gateway';

/** Makes that folder, which every user may pass through whatever the umask is. */
export function makeSystemFolder(): void {
  if (mkdirSync(systemFolder, { recursive: true }) !== undefined) chmodSync(systemFolder, 0o755);
}

/** What is possible wherever the embedded database is not. */
export const useDatabaseUrl = 'Or set DATABASE_URL to a PostgreSQL server of your own.';

const candidates = ['account-gateway', 'postgres', 'nobody'];

/** What a child process needs of the environment. The variables of the gateway hold its secrets. */
export const childEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * PostgreSQL refuses to run as root: it then runs as the owner of the first of these folders that exists and is not
 * root's, else as one of three users.
 * @throws DatabaseUnusable when the system has none of them.
 */
export function findDatabaseUser(folders: readonly string[]): DatabaseUser {
  if (!isRoot()) return null;
  const owners = folders.map((folder) => statSync(folder, { throwIfNoEntry: false })).filter((status) => status !== undefined);
  const owner = owners.find(({ uid }) => uid !== 0);
  if (owner) return { uid: owner.uid, gid: owner.gid, name: askId('-un', String(owner.uid)) ?? String(owner.uid) };
  const user = candidates.map(lookUp).find((found) => found !== null);
  if (!user) throw new DatabaseUnusable(`PostgreSQL cannot run as root. Create the user account-gateway. ${useDatabaseUrl}`);
  return user;
}

/** Whether this process runs as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function lookUp(name: string): DatabaseUser {
  const [uid, gid] = [askId('-u', name), askId('-g', name)];
  return uid === null || gid === null ? null : { uid: Number(uid), gid: Number(gid), name };
}

/** What the program `id` knows about a user; null when there is none. */
function askId(option: string, user: string): string | null {
  const { status, stdout } = spawnSync('id', [option, user], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** The options of a child process that runs as a user, in a folder. */
export function childOptions(user: DatabaseUser, folder: string) {
  return { cwd: folder, env: childEnvironment, ...(user ? { uid: user.uid, gid: user.gid } : {}) };
}

const execute = promisify(execFile);

/** Runs a program as a user, in a folder. @throws DatabaseUnusable with what it wrote to stderr. */
export async function runAs(user: DatabaseUser, folder: string, program: string, ...words: string[]): Promise<void> {
  await execute(program, words, childOptions(user, folder)).catch((error) => {
    throw new DatabaseUnusable(`${program} failed in ${folder}: ${String(error.stderr || error.message).trim()}`);
  });
}

/** Whether a user can enter a folder. */
export function canEnter(user: DatabaseUser, folder: string): boolean {
  return spawnSync('sh', ['-c', '[ -x "$1" ]', 'sh', folder], childOptions(user, '/')).status === 0;
}
