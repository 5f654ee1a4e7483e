import type { Command } from 'commander';
import { prune } from '../account/activity/prune.ts';
import { type Resealed, reseal } from '../account/operator/reseal.ts';
import { logCommand, print } from './lines.ts';
import { withTools } from './open.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

/** `migrate`, `prune`, `reseal` */
export function addDatabaseCommands(program: Command, terminal: Terminal, answer: Answering): void {
  program
    .command('migrate')
    .description('apply the migrations that are missing, as each start of the server does')
    .action(async () => {
      const appliedMigrations = await withTools(terminal, async (_tools, opened) => opened.appliedMigrations, true);
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
  program
    .command('reseal')
    .description('encrypt every secret with the current APP_KEY, so that an earlier key is no longer needed')
    .action(async () => answer(await sealAnew(terminal)));
}

async function sealAnew(terminal: Terminal): Promise<Answer> {
  const onProgress = (read: number) => void print(terminal.stderr, `Read ${read} secrets.`);
  const result = await withTools(terminal, (tools) => reseal(tools, onProgress));
  const { resealed, keyedTokens, unopened } = result;
  const left = keyedTokens + unopened;
  await logCommand(terminal, 'secrets.resealed', { resealed, left });
  for (const sentence of describeLeft(result)) await print(terminal.stderr, sentence);
  return { json: { resealed, left }, text: `Encrypted secrets with the current APP_KEY: ${resealed}.\nLeft: ${left}.` };
}

/** Which keys are still needed; nothing where the current one is enough. */
function describeLeft({ keyedTokens, unopened }: Resealed): string[] {
  const tokens = `Recovery tokens of an earlier release that are hashed under a key: ${keyedTokens}. Keep the earlier keys in APP_PREVIOUS_KEYS until none is left: the tokens are replaced when their owners regenerate them.`;
  const secrets = `Neither APP_KEY nor a key of APP_PREVIOUS_KEYS decrypts ${unopened} of the secrets. Add the keys that encrypted them to APP_PREVIOUS_KEYS, and run the command again.`;
  return [...(keyedTokens > 0 ? [tokens] : []), ...(unopened > 0 ? [secrets] : [])];
}
