import type { Database } from '../../db/database.ts';
import type { Credential } from '../credential.ts';
import { isOver, type SessionClock } from '../sessions/lifetime.ts';

/** Finds the holders whose credential was revoked or has expired, or whose account is disabled, in at most two statements. */
export async function findRevoked<Holder extends { readonly credential: Credential }>(
  tools: SessionClock & { readonly db: Database },
  holders: readonly Holder[],
): Promise<Holder[]> {
  const idsOf = (kind: 'apiKey' | 'session') =>
    holders.flatMap(({ credential }) => (credential.kind !== 'operator' && credential.kind === kind ? [credential.id] : []));
  const open = {
    apiKey: await findOpenApiKeys(tools, idsOf('apiKey')),
    session: await findOpenSessions(tools, idsOf('session')),
  };
  return holders.filter(({ credential }) => credential.kind !== 'operator' && !open[credential.kind].has(credential.id));
}

async function findOpenApiKeys({ db, now }: SessionClock & { db: Database }, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const where = { id: { in: ids }, account: { disabled: false }, OR: [{ expiresAt: null }, { expiresAt: { gt: now() } }] };
  return new Set((await db.apiKey.findMany({ where, select: { id: true } })).map(({ id }) => id));
}

async function findOpenSessions(tools: SessionClock & { db: Database }, ids: number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const select = { id: true, lastSeenAt: true, expiresAt: true };
  const sessions = await tools.db.session.findMany({ where: { id: { in: ids }, account: { disabled: false } }, select });
  return new Set(sessions.filter((session) => !isOver(tools, session)).map(({ id }) => id));
}
