import type { Actor, Tools } from '../actor.ts';
import { isOver } from '../sessions/sessions.ts';

/**
 * Which of those who hold something open came by a credential that opens nothing any more: a key or a session that is
 * gone, or past its time. Two statements, however many are asked about.
 */
export async function findRevoked<Holder extends { readonly actor: Actor }>(
  tools: Pick<Tools, 'db' | 'now' | 'sessionUses' | 'sessionLifetime'>,
  holders: readonly Holder[],
): Promise<Holder[]> {
  const idsOf = (kind: string) =>
    holders.flatMap(({ actor: { credential } }) => (credential.kind === kind && 'id' in credential ? [credential.id] : []));
  const [apiKeyIds, sessionIds] = [idsOf('apiKey'), idsOf('session')];
  const [apiKeys, sessions] = await Promise.all([findOpenApiKeys(tools, apiKeyIds), findOpenSessions(tools, sessionIds)]);
  return holders.filter(({ actor: { credential } }) => {
    if (credential.kind === 'operator') return false;
    return !(credential.kind === 'apiKey' ? apiKeys : sessions).has(credential.id);
  });
}

async function findOpenApiKeys({ db, now }: Pick<Tools, 'db' | 'now'>, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const where = { id: { in: ids }, OR: [{ expiresAt: null }, { expiresAt: { gt: now() } }] };
  return new Set((await db.apiKey.findMany({ where, select: { id: true } })).map(({ id }) => id));
}

async function findOpenSessions(tools: Parameters<typeof findRevoked>[0], ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const select = { id: true, lastSeenAt: true, expiresAt: true };
  const sessions = await tools.db.session.findMany({ where: { id: { in: ids } }, select });
  return new Set(sessions.filter((session) => !isOver(tools, session)).map(({ id }) => id));
}
