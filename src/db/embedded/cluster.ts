import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseUnusable } from '../unusable.ts';
import { makeFolder } from './folders.ts';
import { assertSameMajor, homeOf, prepareHome } from './home.ts';
import { findReasons } from './log.ts';
import { preparePrograms } from './programs.ts';
import { startSupervisor, type Use } from './supervisor.ts';
import { type DatabaseUser, findDatabaseUser, runAs } from './user.ts';

/**
 * Starts the cluster of a data folder under a supervisor; makes it where there is none.
 * @param mode `replace`: a PostgreSQL that runs without a supervisor is stopped first.
 * @throws DatabaseUnusable with the reason.
 */
export async function startCluster(dataDir: string, mode: 'start' | 'replace', onNote: (note: string) => void): Promise<Use> {
  const user = findDatabaseUser([homeOf(dataDir), dataDir]);
  const programs = await preparePrograms(user, onNote);
  const folder = await prepareHome(dataDir, user, onNote);
  if (!existsSync(join(folder, 'cluster'))) await makeCluster(folder, programs.folder, user);
  assertSameMajor(folder, programs.version);
  return startSupervisor({ folder, programs: programs.folder, user }, mode, readRelease());
}

/** Makes an empty cluster that takes every connection through its socket, which only its user and root can reach. */
async function makeCluster(folder: string, programs: string, user: DatabaseUser): Promise<void> {
  const encoding = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const words = ['--username=postgres', '--auth=trust', '--no-instructions', ...encoding];
  const initdb = (beside: string) => runAs(user, folder, join(programs, 'bin', 'initdb'), '--pgdata', basename(beside), ...words);
  await makeFolder(user, join(folder, 'cluster'), initdb).catch((error: Error) => {
    throw new DatabaseUnusable(`The database could not be made in ${folder}: ${findReasons(error.message) || error.message}`);
  });
}

function readRelease(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return version;
}
