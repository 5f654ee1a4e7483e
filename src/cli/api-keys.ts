import type { Command } from 'commander';
import { actOn } from '../account/accounts.ts';
import { type ApiKey, createApiKey } from '../account/api-keys/api-keys.ts';
import { listApiKeysOf, revokeApiKey } from '../account/operator/api-keys.ts';
import { CommandRefused } from './lines.ts';
import { createJsonList, createTable, type ListFormat, printList } from './list-formats.ts';
import { withTools } from './open.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

type CreateOptions = { readonly username: string; readonly description: string; readonly allowedIp: readonly string[] };
type UsernameOption = { readonly username: string };
type RevokeOptions = { readonly identifier: string };
type ShownKey = Omit<ApiKey, 'id'>;

/** `api-key create`, `list`, `revoke` */
export function addApiKeyCommands(program: Command, terminal: Terminal, answer: Answering): void {
  const apiKey = program.command('api-key').description('manage API keys');
  apiKey
    .command('create')
    .description('create an API key for an account; its token is printed once')
    .requiredOption('--username <username>', 'the account of the key')
    .requiredOption('--description <text>', 'what the key is used for')
    .option('--allowed-ip <address>', 'an address or a CIDR range that the key is allowed from; can be repeated', collect, [])
    .action(async (options: CreateOptions) => answer(await create(terminal, options)));
  apiKey
    .command('list')
    .description('list the API keys of an account, oldest first')
    .requiredOption('--username <username>')
    .action((options: UsernameOption) => list(terminal, options, program.opts()['json'] === true));
  apiKey
    .command('revoke')
    .description('delete an API key of any account; it is refused from its next request on')
    .requiredOption('--identifier <identifier>', 'the first 16 characters of the key')
    .action(async (options: RevokeOptions) => answer(await revoke(terminal, options)));
}

async function create(terminal: Terminal, { username, description, allowedIp }: CreateOptions): Promise<Answer> {
  const created = await withTools(terminal, async (tools) =>
    createApiKey.run(await actOn(tools, username), { description, allowedIps: [...allowedIp] }),
  );
  const { identifier } = created.apiKey;
  return { json: { identifier, token: created.token }, text: `identifier  ${identifier}\ntoken       ${created.token}` };
}

function list(terminal: Terminal, { username }: UsernameOption, isJson: boolean): Promise<void> {
  const headings = ['identifier', 'created', 'last used', 'allowed from', 'description'];
  const format: ListFormat<ShownKey> = isJson ? createJsonList() : createTable(headings, describeKey);
  return withTools(terminal, (tools) => printList(terminal, format, listApiKeysOf(tools, username)));
}

function describeKey({ identifier, createdAt, lastUsedAt, allowedIps, description }: ShownKey): string[] {
  const from = allowedIps.length === 0 ? 'everywhere' : allowedIps.join(' ');
  return [identifier, createdAt.toISOString(), lastUsedAt?.toISOString() ?? 'never', from, description];
}

async function revoke(terminal: Terminal, { identifier }: RevokeOptions): Promise<Answer> {
  const isRevoked = await withTools(terminal, (tools) => revokeApiKey(tools, identifier));
  if (!isRevoked) throw new CommandRefused('identifier: No API key has this identifier.');
  return { json: { identifier, revoked: true }, text: `Revoked the API key ${identifier}.` };
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
