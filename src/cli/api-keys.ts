import type { Command } from 'commander';
import { actOn } from '../account/accounts.ts';
import { createApiKey } from '../account/api-keys/api-keys.ts';
import { withTools } from './open.ts';
import type { Answering, Terminal } from './terminal.ts';

type CreateOptions = { readonly username: string; readonly description: string; readonly allowedIp: readonly string[] };

/** `api-key create` */
export function addApiKeyCommands(program: Command, terminal: Terminal, answer: Answering): void {
  const apiKey = program.command('api-key').description('manage API keys');
  apiKey
    .command('create')
    .description('create an API key for an account; its token is printed once')
    .requiredOption('--username <username>', 'the account of the key')
    .requiredOption('--description <text>', 'what the key is used for')
    .option('--allowed-ip <address>', 'an address or a CIDR range that the key is allowed from; can be repeated', collect, [])
    .action(async ({ username, description, allowedIp }: CreateOptions) => {
      const created = await withTools(terminal, async (tools) =>
        createApiKey.run(await actOn(tools, username), { description, allowedIps: [...allowedIp] }),
      );
      const { identifier } = created.apiKey;
      answer({ json: { identifier, token: created.token }, text: `identifier  ${identifier}\ntoken       ${created.token}` });
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
