import { z } from 'zod';
import { hashToken, randomToken } from '../../crypto/token.ts';
import type { Prisma, Transaction } from '../../db/database.ts';
import type { Sql } from '../../db/sql.ts';
import { type InsertedSession, insertSession } from '../../db/statements/sessions.ts';
import { type Actor, sessionIdOf, type Tools, type Visitor } from '../actor.ts';
import { type ChangeEvent, change } from '../change.ts';
import { operation } from '../operation.ts';
import { NotFound, Unauthenticated } from '../refusals.ts';
import { sessionIdInput } from './input.ts';
import { idleSince, isOver } from './lifetime.ts';

/** A session that has just begun: its actor, and the token for the browser. */
export type StartedSession = { readonly actor: Actor; readonly token: string; readonly expiresAt: Date };

/**
 * Begins a session with a new token of 256 bits, of which only a SHA-256 is stored, in place of the one whose cookie came with the
 * request. Where the account has its maximum of open sessions, the least recently used one is ended.
 */
export async function startSession(sql: Sql, visitor: Visitor, accountId: number): Promise<StartedSession & Omit<InsertedSession, 'id'>> {
  const { tools, ip, userAgent, sessionToken } = visitor;
  const token = randomToken();
  const now = visitor.now();
  const expiresAt = new Date(now.getTime() + tools.sessionLifetime.absoluteSeconds * 1000);
  const { id, ...ended } = await insertSession(sql, {
    accountId,
    tokenHash: hashToken(token),
    ip,
    userAgent,
    now,
    expiresAt,
    idleSince: idleSince(tools),
    most: tools.limits.sessionsMax,
    replacedHash: sessionToken === null ? null : hashToken(sessionToken),
  });
  return { actor: { ...visitor, accountId, credential: { kind: 'session', id } }, token, expiresAt, ...ended };
}

/**
 * Authenticates the token of a session.
 * @throws Unauthenticated when it is unknown, ended, past its idle or absolute lifetime, or of a disabled account.
 */
export async function authenticateSession(visitor: Visitor, token: string): Promise<Actor> {
  const session = await visitor.tools.db.session.findFirst({
    where: { tokenHash: hashToken(token), account: { disabled: false } },
    select: { id: true, accountId: true, lastSeenAt: true, expiresAt: true },
  });
  if (!session || isOver(visitor.tools, session)) throw new Unauthenticated();
  visitor.tools.sessionUses.note(session.id, visitor.now());
  return { ...visitor, accountId: session.accountId, credential: { kind: 'session', id: session.id } };
}

/** What is true of a session that is open. */
export function whereOpen(tools: Tools) {
  return { expiresAt: { gt: tools.now() }, lastSeenAt: { gt: idleSince(tools) } } as const satisfies Prisma.SessionWhereInput;
}

const sessionFields = {
  id: true,
  ip: true,
  userAgent: true,
  createdAt: true,
  lastSeenAt: true,
  expiresAt: true,
} as const satisfies Prisma.SessionSelect;

/** Finds the actor's open sessions of some ids. */
export function findSessions({ tools, accountId }: Actor, ids: readonly number[]) {
  const where = { accountId, id: { in: [...ids] }, ...whereOpen(tools) };
  return tools.db.session.findMany({ where, take: ids.length, select: sessionFields });
}

export const signOut = operation({
  name: 'signOut',
  description: 'Ends the session of the request and clears its cookie. An API key has no session and stays valid.',
  input: z.object({}),
  refusals: [],
  requires: { credential: 'any' },
  async run(actor) {
    const id = sessionIdOf(actor);
    if (id === null) return;
    await change(actor, null, async (transaction) => {
      await transaction.session.deleteMany({ where: { id, accountId: actor.accountId } });
      return { result: undefined, activity: { event: 'user:sessions.end' }, events: sessionsEnded(1, 'signed out') };
    }).catch((error) => {
      // A session that was ended meanwhile is signed out.
      if (!(error instanceof Unauthenticated)) throw error;
    });
  },
});

export const revokeSession = operation({
  name: 'revokeSession',
  description: 'Ends a session of the account. It is refused from its next request on. An API key must not end sessions.',
  input: sessionIdInput,
  refusals: [NotFound],
  requires: { credential: 'session' },
  run: (actor, { id }) =>
    change(actor, null, async (transaction, account) => {
      const { data: sessionId = 0 } = z.int32().safeParse(id);
      const { count } = await transaction.session.deleteMany({ where: { id: sessionId, accountId: account.id } });
      if (count === 0) throw new NotFound();
      return { result: undefined, activity: { event: 'user:sessions.end' }, events: sessionsEnded(1, 'revoked') };
    }),
});

export const revokeOtherSessions = operation({
  name: 'revokeOtherSessions',
  description: 'Ends every session of the account except the session of the request. API keys stay valid, and must not end sessions.',
  input: z.object({}),
  refusals: [],
  requires: { credential: 'session' },
  run: (actor) =>
    change(actor, null, async (transaction) => {
      const count = await endOtherSessions(transaction, actor);
      if (count === 0) return { result: count };
      return { result: count, activity: { event: 'user:sessions.end' }, events: sessionsEnded(count, 'revoked') };
    }),
});

/** The security event of sessions that a change ended; none where it ended none. */
export function sessionsEnded(sessions: number, reason: string): ChangeEvent[] {
  return sessions === 0 ? [] : [['session.ended', { reason, sessions }]];
}

/**
 * Ends every session of the account except the actor's own, and every sign-in that awaits its second factor. API keys stay.
 * @returns the number of sessions that were ended.
 */
export async function endOtherSessions(transaction: Transaction, actor: Pick<Actor, 'accountId' | 'credential'>): Promise<number> {
  const { accountId } = actor;
  const kept = sessionIdOf(actor);
  await transaction.signInChallenge.deleteMany({ where: { accountId } });
  const { count } = await transaction.session.deleteMany({ where: { accountId, ...(kept === null ? {} : { id: { not: kept } }) } });
  return count;
}
