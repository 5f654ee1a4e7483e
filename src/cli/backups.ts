import type { Command } from 'commander';
import { readConfig } from '../config/config.ts';
import { ConfigError } from '../config/environment.ts';
import { hasKeyFile } from '../crypto/key-file.ts';
import { type BackupSummary, writeBackup } from '../db/backup/backup.ts';
import type { BackupProgress } from '../db/backup/progress.ts';
import { restoreBackup } from '../db/backup/restore.ts';
import { locateDatabase } from '../db/database.ts';
import { DatabaseUnreachable, isUnavailable } from '../db/unavailable.ts';
import { readKeys } from '../server/tools.ts';
import { logCommand, print } from './lines.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

type BackupOptions = { readonly to: string };
type RestoreOptions = { readonly from: string };

/** `backup`, `restore` */
export function addBackupCommands(program: Command, terminal: Terminal, answer: Answering): void {
  program
    .command('backup')
    .description('write the database into one file of mode 0600, as it is at one time; without sessions and APP_KEY')
    .requiredOption('--to <file>', 'a file; one that exists is replaced when the backup is complete')
    .action(async ({ to }: BackupOptions) => answer(await backUp(terminal, to)));
  program
    .command('restore')
    .description('put a backup into an empty database, under the APP_KEY of the server that was backed up')
    .requiredOption('--from <file>')
    .action(async ({ from }: RestoreOptions) => answer(await restore(terminal, from)));
}

async function backUp(terminal: Terminal, file: string): Promise<Answer> {
  const summary = await withLocation(terminal, (url, keyIds) => writeBackup(url, file, keyIds, showProgress(terminal, 'Wrote')));
  await logCommand(terminal, 'database.backed-up', { file, ...summary });
  const text = `Wrote ${summary.rows} rows, ${summary.bytes} bytes, into ${file}: the database at ${summary.madeAt}.`;
  return { json: { file, ...summary }, text };
}

async function restore(terminal: Terminal, file: string): Promise<Answer> {
  const { appKey, database } = readConfig(terminal.env);
  if (!appKey && database.kind === 'embedded' && !hasKeyFile(database.dataDir)) {
    throw new ConfigError('APP_KEY', `is required: set it to the key of the backup, or put its app.key into ${database.dataDir}`);
  }
  const summary = await withLocation(terminal, (url, keyIds) => restoreBackup(url, file, keyIds, showProgress(terminal, 'Restored')));
  await logCommand(terminal, 'database.restored', { file, ...summary });
  await print(
    terminal.stderr,
    `The database is as it was at ${summary.madeAt}. API keys, passwords and recovery tokens that were revoked, changed or used since are valid again. No session is restored, and no browser is known.`,
  );
  return { json: { file, ...summary }, text: `Restored ${summary.rows} rows from ${file}: the database at ${summary.madeAt}.` };
}

/** Gives the URL of the database, which is not brought up to date, and the ids of the keys, the current one first. */
async function withLocation(
  { env, stderr }: Terminal,
  work: (url: string, keyIds: readonly string[]) => Promise<BackupSummary>,
): Promise<BackupSummary> {
  const config = readConfig(env);
  const keyIds = readKeys(config).all.map(({ id }) => id);
  const { url, release } = await locateDatabase(config.database, () => void print(stderr, 'the database went away'));
  try {
    return await work(url, keyIds);
  } catch (error) {
    throw isUnavailable(error) ? new DatabaseUnreachable(error) : error;
  } finally {
    release();
  }
}

function showProgress({ stderr }: Terminal, verb: string): BackupProgress {
  return (table, bytes) => void print(stderr, `${verb} ${Math.floor(bytes / 2 ** 20)} MiB of ${table}.`);
}
