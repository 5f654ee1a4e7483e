import { actOn } from '../accounts.ts';
import { actAsOperator, type Tools } from '../actor.ts';
import { type ApiKey, apiKeyFields, deleteApiKey } from '../api-keys/api-keys.ts';

const keysPerPage = 1_000;

/**
 * Lists every API key of an account, oldest first, in pages.
 * @throws NotFound
 */
export async function* listApiKeysOf(tools: Tools, username: string): AsyncGenerator<readonly ApiKey[]> {
  const { accountId } = await actOn(tools, username);
  for (let after = 0; ; ) {
    const where = { accountId, id: { gt: after } };
    const page = await tools.db.apiKey.findMany({ where, orderBy: { id: 'asc' }, take: keysPerPage, select: apiKeyFields });
    if (page.length > 0) yield page;
    if (page.length < keysPerPage) return;
    after = page.at(-1)?.id ?? after;
  }
}

/** Deletes an API key of any account. It is refused from its next request on. @returns false where there is no such key. */
export async function revokeApiKey(tools: Tools, identifier: string): Promise<boolean> {
  const key = await tools.db.apiKey.findFirst({ where: { identifier }, select: { accountId: true } });
  if (key) await deleteApiKey.run(actAsOperator(tools, key.accountId), { identifier });
  return key !== null;
}
