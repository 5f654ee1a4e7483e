import { createAccount } from '../account/accounts.ts';
import { actAsOperator, type Tools } from '../account/actor.ts';
import { createApiKey } from '../account/api-keys/api-keys.ts';

/** The credentials of the first account, which the first start shows once. */
export type FirstAccount = { readonly username: string; readonly password: string; readonly token: string };

/** Creates the first account and its API key in an empty database. Null where there are accounts already. */
export async function makeFirstAccount(tools: Tools): Promise<FirstAccount | null> {
  if ((await tools.db.account.count()) > 0) return null;
  const { profile, password } = await createAccount(tools, { username: 'admin', email: 'admin@example.com', admin: true });
  const { token } = await createApiKey.run(actAsOperator(tools, profile.id), { description: 'Made at the first start' });
  return { username: profile.username, password, token };
}

/** What the first start prints: what to keep, and what to paste. */
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
