import type { Command } from 'commander';
import { createAccount, listAccounts, type NewAccount } from '../account/accounts.ts';
import { deleteAccount } from '../account/operator/deletion.ts';
import type { ListedAccount } from '../db/statements/accounts.ts';
import { addAccountChanges } from './account-changes.ts';
import { showAccount } from './account-overview.ts';
import { logCommand, print, readLine } from './lines.ts';
import { createJsonList, createTable, type ListFormat, printList } from './list-formats.ts';
import { withTools } from './open.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

type CreateOptions = Omit<NewAccount, 'password'> & { readonly passwordStdin?: boolean; readonly allowWeak?: boolean };
type UsernameOption = { readonly username: string };
type ShownAccount = Omit<ListedAccount, 'id'>;

/** `account create`, `list`, `show`, `delete`, and the changes of an account */
export function addAccountCommands(program: Command, terminal: Terminal, answer: Answering): void {
  const account = program.command('account').description('manage accounts');
  account
    .command('create')
    .description('create an account; without --password-stdin, generate a password and print it once')
    .requiredOption('--username <username>', 'stored in lower case')
    .requiredOption('--email <address>')
    .option('--first-name <name>')
    .option('--last-name <name>')
    .option('--language <code>', 'such as en or pt_BR')
    .option('--admin', 'mark the account as an administrator')
    .option('--password-stdin', 'read the password from stdin, one line')
    .option('--allow-weak', 'accept a password that is easy to guess')
    .action(async (options: CreateOptions) => answer(await create(terminal, options)));
  account
    .command('list')
    .description('list all accounts, oldest first')
    .action(() => list(terminal, program.opts()['json'] === true));
  account
    .command('show')
    .description('show an account, what sign-ins to it are refused for, and the last sign-ins that failed')
    .requiredOption('--username <username>')
    .action(async ({ username }: UsernameOption) => answer(await showAccount(terminal, username)));
  addAccountChanges(account, terminal, answer);
  account
    .command('delete')
    .description('delete an account with its keys, sessions and activity, for good')
    .requiredOption('--username <username>')
    .requiredOption('--yes', 'confirm the deletion')
    .action(async ({ username }: UsernameOption) => answer(await remove(terminal, username)));
}

async function create(terminal: Terminal, { passwordStdin, allowWeak, ...options }: CreateOptions): Promise<Answer> {
  const given = passwordStdin ? { password: await readLine(terminal.stdin, 'the password') } : {};
  const { profile, password } = await withTools(terminal, (tools) => createAccount(tools, { ...options, ...given }, allowWeak));
  await logCommand(terminal, 'account.created', { accountId: profile.id, username: profile.username });
  // A password from stdin is not printed.
  const shown = passwordStdin ? {} : { password };
  const text = `Created the account ${profile.username}.${passwordStdin ? '' : ` Its password, shown once: ${password}`}`;
  const { id: _, ...fields } = profile;
  return { json: { ...fields, ...shown }, text };
}

/** Prints each page as it is read: all accounts at once are more than the memory of a process. */
function list(terminal: Terminal, isJson: boolean): Promise<void> {
  const headings = ['username', 'email', 'created', 'API keys', 'SSH keys', ''];
  const format: ListFormat<ShownAccount> = isJson ? createJsonList() : createTable(headings, describeAccount);
  return withTools(terminal, (tools) => printList(terminal, format, listAccounts(tools)));
}

function describeAccount({ username, email, admin, disabled, twoFactor, apiKeys, sshKeys, createdAt }: ShownAccount): string[] {
  const marks = [disabled ? 'disabled' : '', admin ? 'admin' : '', twoFactor ? 'two-factor' : ''].filter(Boolean).join(', ');
  return [username, email, createdAt.toISOString(), String(apiKeys), String(sshKeys), marks];
}

async function remove(terminal: Terminal, username: string): Promise<Answer> {
  const onProgress = (rows: number) => void print(terminal.stderr, `Deleted ${rows} rows of activity.`);
  const accountId = await withTools(terminal, (tools) => deleteAccount(tools, username, onProgress));
  await logCommand(terminal, 'account.deleted', { accountId, username });
  return { json: { username, deleted: true }, text: `Deleted the account ${username}.` };
}
