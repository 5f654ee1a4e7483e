import { isOver } from '../sessions/sessions.ts';
import type { Tools, Viewer } from '../actor.ts';

/**
 * Which of those who hold something open came by a credential that opens nothing any more: a key or a session that is
 * gone, or past its time. Two statements, however many are asked about.
 */
export async function findRevoked<Holder extends { readonly viewer: Viewer }>(
  tools: Pick<Tools, 'db' | 'now' | 'sessionUses' | 'sessionLifetime'>,
  holders: readonly Holder[],
): Promise<Holder[]> {
  const apiKeyIds = holders.flatMap(({ viewer }) => viewer.apiKey?.id ?? []);
  const sessionIds = holders.flatMap(({ viewer }) => viewer.sessionId ?? []);
  const [apiKeys, sessions] = await Promise.all([findOpenApiKeys(tools, apiKeyIds), findOpenSessions(tools, sessionIds)]);
  return holders.filter(({ viewer }) => !(viewer.apiKey ? apiKeys.has(viewer.apiKey.id) : sessions.has(viewer.sessionId ?? 0)));
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
