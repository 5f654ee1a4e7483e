import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { createAccount } from '../account/accounts.ts';
import { actAsOperator, type Tools } from '../account/actor.ts';
import { createApiKey } from '../account/api-keys/api-keys.ts';

/** The credentials of the first account, which the first start shows once. */
export type FirstAccount = { readonly username: string; readonly password: string; readonly token: string };

/**
 * Creates the first account and its API key in an empty database. Null where there are accounts already.
 * @param file where they will be shown, null: on stdout.
 */
export async function makeFirstAccount(tools: Tools, file: string | null): Promise<FirstAccount | null> {
  if ((await tools.db.account.count()) > 0) return null;
  // Before the account, whose password would be lost with a file that cannot be written.
  if (file) writePrivateFile(file, '');
  const { profile, password } = await createAccount(tools, { username: 'admin', email: 'admin@example.com', admin: true });
  const { token } = await createApiKey.run(actAsOperator(tools, profile.id), { description: 'Made at the first start' });
  return { username: profile.username, password, token };
}

/** Prints the first account, or writes it into a file that is named in the log: in production, others read the log. */
export function showFirstAccount(first: FirstAccount, origin: string, file: string | null, log: Logger): void {
  const text = describeFirstAccount(first, origin);
  if (!file) return void process.stdout.write(text);
  writePrivateFile(file, text);
  log.warn({ file }, 'Created the first account. Its password and API key are in this file: read it, then delete it.');
}

function writePrivateFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, '');
  // A file of an earlier start keeps its mode.
  chmodSync(file, 0o600);
  writeFileSync(file, text, { flush: true });
}

/** What the first start shows: what to keep, and what to paste. */
export function describeFirstAccount({ username, password, token }: FirstAccount, origin: string): string {
  return `
  Created the first account. This is shown once:

    username  ${username}
    password  ${password}
    API key   ${token}

  Read it with REST:

    curl ${origin}/api/client/account -H 'Authorization: Bearer ${token}'

  or with GraphQL:

    curl ${origin}/graphql -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"query":"{ viewer { profile { username email } } }"}'

  or open the explorer in a browser:  ${origin}/graphql

`;
}
