import { Command, CommanderError } from 'commander';
import { addAccountCommands } from './accounts.ts';
import { addApiKeyCommands } from './api-keys.ts';
import { addBackupCommands } from './backups.ts';
import { addDatabaseCommands } from './database.ts';
import { print } from './lines.ts';
import { explainRefusal } from './refusal.ts';
import { addSchemaCommand } from './schema.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

/** The exit code: done, refused, wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command. The result goes to stdout, the reason of a refusal to stderr. */
export async function runCommand(words: readonly string[], terminal: Terminal = process): Promise<ExitCode> {
  const answers: Answer[] = [];
  const program = createProgram(terminal, (answer) => void answers.push(answer));
  try {
    await program.parseAsync(words, { from: 'user' });
    for (const { json, text } of answers) await print(terminal.stdout, program.opts()['json'] ? JSON.stringify(json, null, 2) : text);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    await print(terminal.stderr, explainRefusal(error));
    return 1;
  }
}

function createProgram(terminal: Terminal, answer: Answering): Command {
  const program = new Command('account-gateway')
    .description('Administration of the account gateway. It reads the same environment as the server.')
    .option('--json', 'print one JSON document')
    .configureHelp({ showGlobalOptions: true })
    // A password as an argument is refused, and must not be in a log either.
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (message, write) => write(message.replace(/(--pass[\w-]*)=.*'/s, "$1'")),
    })
    .exitOverride();
  addAccountCommands(program, terminal, answer);
  addApiKeyCommands(program, terminal, answer);
  addDatabaseCommands(program, terminal, answer);
  addBackupCommands(program, terminal, answer);
  addSchemaCommand(program, answer);
  return program;
}
