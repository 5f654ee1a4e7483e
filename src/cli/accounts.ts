import type { Command } from 'commander';
import { createAccount, disableTwoFactorOf, listAccounts, type NewAccount, signOutAccount, unlockAccount } from '../account/accounts.ts';
import type { ListedAccount } from '../db/statements/accounts.ts';
import { print, readLine } from './lines.ts';
import { createJsonList, createTable, type ListFormat } from './list-formats.ts';
import { withTools } from './open.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

type CreateOptions = Omit<NewAccount, 'password'> & { readonly passwordStdin?: boolean; readonly allowWeak?: boolean };
type UsernameOption = { readonly username: string };
type ShownAccount = Omit<ListedAccount, 'id'>;

/** `account create`, `list`, `disable-two-factor`, `unlock`, `sign-out` */
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
    .command('disable-two-factor')
    .description('disable two-factor authentication for an owner who lost the device and the recovery tokens; ends the sessions')
    .requiredOption('--username <username>')
    .action(async (options: UsernameOption) => answer(await disableTwoFactor(terminal, options)));
  account
    .command('unlock')
    .description('allow wrong passwords and codes anew: of the account, its browsers, sessions and API keys, on every running server')
    .requiredOption('--username <username>')
    .action(async (options: UsernameOption) => answer(await unlock(terminal, options)));
  account
    .command('sign-out')
    .description('end every session of an account, and forget its browsers; its API keys stay valid')
    .requiredOption('--username <username>')
    .action(async (options: UsernameOption) => answer(await signOut(terminal, options)));
}

async function create(terminal: Terminal, { passwordStdin, allowWeak, ...options }: CreateOptions): Promise<Answer> {
  const given = passwordStdin ? { password: await readLine(terminal.stdin, 'the password') } : {};
  const { profile, password } = await withTools(terminal, (tools) => createAccount(tools, { ...options, ...given }, allowWeak));
  // A password from stdin is not printed.
  const shown = passwordStdin ? {} : { password };
  const text = `Created the account ${profile.username}.${passwordStdin ? '' : ` Its password, shown once: ${password}`}`;
  const { id: _, ...fields } = profile;
  return { json: { ...fields, ...shown }, text };
}

/** Prints each page as it is read: all accounts at once are more than the memory of a process. */
async function list(terminal: Terminal, isJson: boolean): Promise<void> {
  const headings = ['username', 'email', 'created', 'API keys', 'SSH keys', ''];
  const format: ListFormat<ShownAccount> = isJson ? createJsonList() : createTable(headings, describeAccount);
  await withTools(terminal, async (tools) => {
    for await (const page of listAccounts(tools)) {
      await print(terminal.stdout, format.add(page.map(({ id: _, ...fields }) => fields)));
    }
  });
  const end = format.end();
  if (end !== '') await print(terminal.stdout, end);
}

function describeAccount({ username, email, admin, twoFactor, apiKeys, sshKeys, createdAt }: ShownAccount): string[] {
  const marks = [admin ? 'admin' : '', twoFactor ? 'two-factor' : ''].filter(Boolean).join(', ');
  return [username, email, createdAt.toISOString(), String(apiKeys), String(sshKeys), marks];
}

async function disableTwoFactor(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  await withTools(terminal, (tools) => disableTwoFactorOf(tools, username));
  return { json: { username, twoFactor: false }, text: `Disabled two-factor authentication of ${username}.` };
}

async function unlock(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  await withTools(terminal, (tools) => unlockAccount(tools, username));
  return { json: { username, unlocked: true }, text: `Unlocked ${username}.` };
}

async function signOut(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  const endedSessions = await withTools(terminal, (tools) => signOutAccount(tools, username));
  return { json: { username, endedSessions }, text: `Ended sessions of ${username}: ${endedSessions}.` };
}
