import type { Command } from 'commander';
import { prune } from '../account/activity/prune.ts';
import { withTools } from './open.ts';
import type { Answering, Terminal } from './terminal.ts';

/** `migrate`, `prune` */
export function addDatabaseCommands(program: Command, terminal: Terminal, answer: Answering): void {
  program
    .command('migrate')
    .description('apply the migrations that are missing, as each start of the server does')
    .action(async () => {
      const appliedMigrations = await withTools(terminal, async (_tools, opened) => opened.appliedMigrations);
      const text = appliedMigrations.length > 0 ? `Applied ${appliedMigrations.join(', ')}.` : 'The database is up to date.';
      answer({ json: { appliedMigrations }, text });
    });
  program
    .command('prune')
    .description('delete activity older than 90 days and sessions past their end, as the server does every hour')
    .action(async () => {
      const pruned = await withTools(terminal, (tools) => prune(tools));
      answer({
        json: pruned,
        text: `Deleted ${pruned.activity} events, ${pruned.sessions} sessions, ${pruned.challenges} unfinished sign-ins.`,
      });
    });
}
