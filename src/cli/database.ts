import type { Command } from 'commander';
import { withTools } from './open.ts';
import type { Answering } from './program.ts';

/** `migrate` */
export function addDatabaseCommands(program: Command, answer: Answering): void {
  program
    .command('migrate')
    .description('bring the database up to date; starting the server does the same')
    .action(async () => {
      const appliedMigrations = await withTools(async (_tools, opened) => opened.appliedMigrations);
      const text = appliedMigrations.length > 0 ? `Applied ${appliedMigrations.join(', ')}.` : 'The database is up to date.';
      answer({ json: { appliedMigrations }, text });
    });
}
