import { createAccount } from '../account/accounts.ts';
import { actAsOperator, type Tools } from '../account/actor.ts';
import { createApiKey } from '../account/api-keys/api-keys.ts';

/** What the first start shows, once. */
export type FirstAccount = { readonly username: string; readonly password: string; readonly token: string };

/** Makes the first account and its API key on an empty database; null where there are accounts already. */
export async function makeFirstAccount(tools: Tools): Promise<FirstAccount | null> {
  if ((await tools.db.account.count()) > 0) return null;
  const { profile, password } = await createAccount(tools, { username: 'admin', email: 'admin@example.com', admin: true });
  const { token } = await createApiKey.run(actAsOperator(tools, profile.id), { description: 'Made at the first start' });
  return { username: profile.username, password, token };
}

/** The words for it: what to keep, and what to paste. */
export function describeFirstAccount({ username, password, token }: FirstAccount, origin: string): string {
  return `
  A first account was made. This is shown once:

    username  ${username}
    password  ${password}
    API key   ${token}

  Ask with REST:

    curl ${origin}/api/client/account -H 'Authorization: Bearer ${token}'

  or with GraphQL:

    curl ${origin}/graphql -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"query":"{ actor { profile { username email } } }"}'

  or open the explorer in a browser:  ${origin}/graphql

`;
}
