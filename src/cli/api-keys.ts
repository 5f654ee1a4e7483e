import type { Command } from 'commander';
import { actOn } from '../account/accounts.ts';
import { createApiKey } from '../account/api-keys/api-keys.ts';
import { withTools } from './open.ts';
import type { Answering } from './program.ts';

type CreateOptions = { readonly username: string; readonly description: string; readonly allowedIp: readonly string[] };

/** `api-key create` */
export function addApiKeyCommands(program: Command, answer: Answering): void {
  const apiKey = program.command('api-key').description('API keys');
  apiKey
    .command('create')
    .description('make an API key for an account; its token is shown once')
    .requiredOption('--username <username>', 'whose key it is')
    .requiredOption('--description <text>', 'what it is for')
    .option('--allowed-ip <address>', 'an address or a CIDR range it may be used from; may be repeated', collect, [])
    .action(async ({ username, description, allowedIp }: CreateOptions) => {
      const made = await withTools(async (tools) =>
        createApiKey.run(await actOn(tools, username), { description, allowedIps: [...allowedIp] }),
      );
      const { identifier } = made.apiKey;
      answer({ json: { identifier, token: made.token }, text: `identifier  ${identifier}\ntoken       ${made.token}` });
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
