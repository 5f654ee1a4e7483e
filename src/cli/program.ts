import { Command, CommanderError } from 'commander';
import { addAccountCommands } from './accounts.ts';
import { addApiKeyCommands } from './api-keys.ts';
import { addDatabaseCommands } from './database.ts';
import { explainRefusal } from './refusal.ts';
import { addSchemaCommand } from './schema.ts';
import { say } from './speech.ts';

/** What a command found or did: one document for programs, a few words for people. */
export type Answer = { readonly json: unknown; readonly text: string };

/** Takes the answer of a command. */
export type Answering = (answer: Answer) => void;

/** How the command line ended: done, refused, not understood. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line. The answer goes to stdout, the reason of a refusal to stderr. */
export async function runCommand(words: readonly string[]): Promise<ExitCode> {
  const answers: Answer[] = [];
  const program = createProgram((answer) => void answers.push(answer));
  try {
    await program.parseAsync(words, { from: 'user' });
    for (const { json, text } of answers) await say(process.stdout, program.opts()['json'] ? JSON.stringify(json, null, 2) : text);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    await say(process.stderr, explainRefusal(error));
    return 1;
  }
}

function createProgram(answer: Answering): Command {
  const program = new Command('account-gateway')
    .description('Administration of the account gateway. It reads the same environment as the server.')
    .option('--json', 'answer with one JSON document')
    .configureHelp({ showGlobalOptions: true })
    // Somebody who gives a password as an argument is refused, and must not find it in a log besides.
    .configureOutput({ outputError: (message, write) => write(message.replace(/(--pass[\w-]*)=.*'/s, "$1'")) })
    .exitOverride();
  addAccountCommands(program, answer);
  addApiKeyCommands(program, answer);
  addDatabaseCommands(program, answer);
  addSchemaCommand(program, answer);
  return program;
}
