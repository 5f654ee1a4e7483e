import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseUnusable } from '../unusable.ts';
import { canEnter, type DatabaseUser, isRoot, makeSystemFolder, runAs, systemFolder } from './user.ts';

/** The folder of a data folder that holds the cluster, its socket and its log; a link where PostgreSQL's user cannot reach it there. */
export function homeOf(dataDir: string): string {
  return join(dataDir, 'postgresql');
}

/** Whether a data folder holds a database already. */
export function hasEmbeddedDatabase(dataDir: string): boolean {
  return existsSync(join(homeOf(dataDir), 'cluster')) || isLink(homeOf(dataDir));
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** The database of release 0.1.0, which was not a PostgreSQL of this machine. */
function formerDatabase(dataDir: string): string {
  return join(dataDir, 'pgdata');
}

/**
 * Makes a data folder where there is none, and private where it is not.
 * @returns a sentence for the operator when its database is kept elsewhere.
 * @throws DatabaseUnusable when it holds a database that this release does not open.
 */
export function prepareDataFolder(dataDir: string): string[] {
  if (existsSync(formerDatabase(dataDir)))
    throw new DatabaseUnusable(
      `${formerDatabase(dataDir)} was made by release 0.1.0, and this release cannot read it. Start release 0.1.0 to use it, or move it away to begin with an empty database.`,
    );
  const home = homeOf(dataDir);
  if (isLink(home) && !existsSync(home))
    throw new DatabaseUnusable(
      `The database of ${dataDir} is gone: ${home} is a link to a folder that does not exist. Put the folder back, or remove the link to begin with an empty database.`,
    );
  makeFolder(dirname(dataDir));
  makeFolder(dataDir, 0o700);
  // PostgreSQL's own user passes through the folder of root.
  chmodSync(dataDir, isRoot() && lstatSync(dataDir).uid === 0 ? 0o711 : 0o700);
  return isLink(home) ? [describeLink(dataDir)] : [];
}

/** Makes a folder and those above it. Of a read-only file system, a recursive `mkdirSync` says that the folder does not exist. */
function makeFolder(path: string, mode = 0o777): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process made it at the same time.
    if (!existsSync(path)) throw error;
  }
}

function describeLink(dataDir: string): string {
  return `The database of ${dataDir} is kept in ${realpathSync(homeOf(dataDir))}, because PostgreSQL does not run as root and its user cannot enter ${dataDir}.`;
}

/**
 * The folder of the cluster, made where there is none, in which PostgreSQL's user can work.
 * @throws DatabaseUnusable when it exists and that user cannot reach it.
 */
export async function prepareHome(dataDir: string, user: DatabaseUser, onNote: (note: string) => void): Promise<string> {
  const home = homeOf(dataDir);
  if (!existsSync(home) && !canEnter(user, dataDir)) makeHomeElsewhere(dataDir);
  if (isLink(home)) onNote(describeLink(dataDir));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const folder = realpathSync(home);
  // A new folder, or one that root has put back from a copy. A link that leads elsewhere is not followed.
  const isOwn = !isLink(home) || dirname(folder) === systemFolder;
  if (user && isOwn && lstatSync(folder).uid === 0) await runAs(null, '/', 'chown', '-Rh', `${user.uid}:${user.gid}`, folder);
  if (!canEnter(user, folder))
    throw new DatabaseUnusable(
      `PostgreSQL runs as the user ${user?.name}, who cannot enter ${folder}. Let that user enter the folders above it (chmod o+x), or set DATA_DIR to another folder.`,
    );
  return folder;
}

function makeHomeElsewhere(dataDir: string): void {
  makeSystemFolder();
  const folder = mkdtempSync(join(systemFolder, `${basename(dataDir)}-`));
  try {
    symlinkSync(folder, homeOf(dataDir));
  } catch (error) {
    rmdirSync(folder);
    // Another process made one at the same time.
    if (!isLink(homeOf(dataDir))) throw error;
  }
}

/** @throws DatabaseUnusable when a cluster was made by another major version of PostgreSQL. */
export function assertSameMajor(folder: string, version: string): void {
  const major = readLine(join(folder, 'cluster', 'PG_VERSION'));
  const own = version.split('.')[0];
  if (major === own) return;
  const release = readLine(join(folder, 'release'));
  throw new DatabaseUnusable(
    `${folder} was made by PostgreSQL ${major}, and this release has PostgreSQL ${own}. Start release ${release || 'of the gateway that made it'}, which still opens it.`,
  );
}

function readLine(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}
