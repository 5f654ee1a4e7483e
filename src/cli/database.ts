import type { Command } from 'commander';
import { prune } from '../account/activity/prune.ts';
import { withTools } from './open.ts';
import type { Answering } from './program.ts';

/** `migrate`, `prune` */
export function addDatabaseCommands(program: Command, answer: Answering): void {
  program
    .command('migrate')
    .description('bring the database up to date; starting the server does the same')
    .action(async () => {
      const appliedMigrations = await withTools(async (_tools, opened) => opened.appliedMigrations);
      const text = appliedMigrations.length > 0 ? `Applied ${appliedMigrations.join(', ')}.` : 'The database is up to date.';
      answer({ json: { appliedMigrations }, text });
    });
  program
    .command('prune')
    .description('forget activity past 90 days and sessions past their end; the server does the same every hour')
    .action(async () => {
      const pruned = await withTools((tools) => prune(tools));
      answer({
        json: pruned,
        text: `Pruned ${pruned.activity} activities, ${pruned.sessions} sessions, ${pruned.challenges} unfinished sign-ins.`,
      });
    });
}
