import type { Command } from 'commander';
import {
  disableAccount,
  disableTwoFactorOf,
  enableAccount,
  renameAccount,
  setEmail,
  setPassword,
  signOutAccount,
  unlockAccount,
} from '../account/operator/changes.ts';
import { generatePassword } from '../account/password/input.ts';
import { readLine } from './lines.ts';
import { withTools } from './open.ts';
import type { Answer, Answering, Terminal } from './terminal.ts';

type UsernameOption = { readonly username: string };
type PasswordOptions = UsernameOption & { readonly passwordStdin?: boolean; readonly allowWeak?: boolean };
type EmailOptions = UsernameOption & { readonly email: string };
type RenameOptions = UsernameOption & { readonly to: string };

/** `account set-password`, `set-email`, `rename`, `unlock`, `sign-out`, `disable`, `enable`, `disable-two-factor` */
export function addAccountChanges(account: Command, terminal: Terminal, answer: Answering): void {
  account
    .command('set-password')
    .description('set the password of an account and end its sessions; without --password-stdin, generate it and print it once')
    .requiredOption('--username <username>')
    .option('--password-stdin', 'read the password from stdin, one line')
    .option('--allow-weak', 'accept a password that is easy to guess')
    .action(async (options: PasswordOptions) => answer(await changePassword(terminal, options)));
  account
    .command('set-email')
    .description('set the e-mail address of an account')
    .requiredOption('--username <username>')
    .requiredOption('--email <address>')
    .action(async (options: EmailOptions) => answer(await changeEmail(terminal, options)));
  account
    .command('rename')
    .description('give an account another username; its sessions and keys stay valid')
    .requiredOption('--username <username>')
    .requiredOption('--to <username>', 'stored in lower case')
    .action(async (options: RenameOptions) => answer(await rename(terminal, options)));
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
  account
    .command('disable')
    .description('refuse every credential of an account from now on, and end its sessions and event streams')
    .requiredOption('--username <username>')
    .action(async (options: UsernameOption) => answer(await disable(terminal, options)));
  account
    .command('enable')
    .description('accept the password and the API keys of an account again')
    .requiredOption('--username <username>')
    .action(async (options: UsernameOption) => answer(await enable(terminal, options)));
  account
    .command('disable-two-factor')
    .description('disable two-factor authentication for an owner who lost the device and the recovery tokens; ends the sessions')
    .requiredOption('--username <username>')
    .action(async (options: UsernameOption) => answer(await disableTwoFactor(terminal, options)));
}

async function changePassword(terminal: Terminal, { username, passwordStdin, allowWeak = false }: PasswordOptions): Promise<Answer> {
  const password = passwordStdin ? await readLine(terminal.stdin, 'the password') : generatePassword();
  const endedSessions = await withTools(terminal, (tools) => setPassword(tools, username, password, allowWeak || !passwordStdin));
  // A password from stdin is not printed.
  const shown = passwordStdin ? {} : { password };
  const text = `Set the password of ${username}.${passwordStdin ? '' : ` It is shown once: ${password}`}\nEnded sessions: ${endedSessions}.`;
  return { json: { username, endedSessions, ...shown }, text };
}

async function changeEmail(terminal: Terminal, { username, email }: EmailOptions): Promise<Answer> {
  const stored = await withTools(terminal, (tools) => setEmail(tools, username, email));
  return { json: { username, email: stored }, text: `Set the e-mail address of ${username} to ${stored}.` };
}

async function rename(terminal: Terminal, { username, to }: RenameOptions): Promise<Answer> {
  const stored = await withTools(terminal, (tools) => renameAccount(tools, username, to));
  return { json: { username: stored, before: username }, text: `Renamed ${username} to ${stored}.` };
}

async function unlock(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  await withTools(terminal, (tools) => unlockAccount(tools, username));
  return { json: { username, unlocked: true }, text: `Unlocked ${username}.` };
}

async function signOut(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  const endedSessions = await withTools(terminal, (tools) => signOutAccount(tools, username));
  return { json: { username, endedSessions }, text: `Ended sessions of ${username}: ${endedSessions}.` };
}

async function disable(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  const endedSessions = await withTools(terminal, (tools) => disableAccount(tools, username));
  return { json: { username, disabled: true, endedSessions }, text: `Disabled ${username}.\nEnded sessions: ${endedSessions}.` };
}

async function enable(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  await withTools(terminal, (tools) => enableAccount(tools, username));
  return { json: { username, disabled: false }, text: `Enabled ${username}.` };
}

async function disableTwoFactor(terminal: Terminal, { username }: UsernameOption): Promise<Answer> {
  await withTools(terminal, (tools) => disableTwoFactorOf(tools, username));
  return { json: { username, twoFactor: false }, text: `Disabled two-factor authentication of ${username}.` };
}
