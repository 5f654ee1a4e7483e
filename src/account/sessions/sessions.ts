import { hashToken, randomToken } from '../../crypto/token.ts';
import type { Prisma, Transaction } from '../../db/database.ts';
import { recordActivity } from '../activity/activity.ts';
import { type Actor, sessionIdOf, type Tools, type Visitor } from '../actor.ts';
import { NotFound, Unauthenticated } from '../refusals.ts';

/** A session that was just begun: its actor, and the token that the browser keeps. */
export type StartedSession = { readonly actor: Actor; readonly token: string; readonly expiresAt: Date };

const userAgentCharactersMax = 512;

/** Begins a session with a new token of 256 bits. What is stored is a SHA-256 of it. */
export async function startSession(transaction: Transaction, visitor: Visitor, accountId: number): Promise<StartedSession> {
  const token = randomToken();
  const now = visitor.now();
  const expiresAt = new Date(now.getTime() + visitor.tools.sessionLifetime.absoluteSeconds * 1000);
  const { id } = await transaction.session.create({
    data: {
      accountId,
      tokenHash: hashToken(token),
      ip: visitor.ip,
      userAgent: visitor.userAgent?.slice(0, userAgentCharactersMax) ?? null,
      createdAt: now,
      lastSeenAt: now,
      expiresAt,
    },
    select: { id: true },
  });
  return { actor: { ...visitor, accountId, credential: { kind: 'session', id } }, token, expiresAt };
}

/**
 * The actor whose session a token is.
 * @throws Unauthenticated when it is unknown, ended, or past its idle or absolute lifetime.
 */
export async function authenticateSession(visitor: Visitor, token: string): Promise<Actor> {
  const now = visitor.now();
  const session = await visitor.tools.db.session.findUnique({
    where: { tokenHash: hashToken(token) },
    select: { id: true, accountId: true, lastSeenAt: true, expiresAt: true },
  });
  if (!session || isOver(visitor.tools, session)) throw new Unauthenticated();
  visitor.tools.sessionUses.note(session.id, now);
  return { ...visitor, accountId: session.accountId, credential: { kind: 'session', id: session.id } };
}

/** Whether a session is past its idle or its absolute lifetime. */
export function isOver(
  tools: Pick<Tools, 'now' | 'sessionUses' | 'sessionLifetime'>,
  session: { id: number; lastSeenAt: Date; expiresAt: Date },
): boolean {
  return session.expiresAt <= tools.now() || lastSeenOf(tools, session) <= idleSince(tools);
}

/** Which of the account's sessions still open something. */
export function openSessions(tools: Tools): Prisma.SessionWhereInput {
  return { expiresAt: { gt: tools.now() }, lastSeenAt: { gt: idleSince(tools) } };
}

/** When a session last asked for something, also when that is not written yet. */
export function lastSeenOf(tools: Pick<Tools, 'sessionUses'>, session: { id: number; lastSeenAt: Date }): Date {
  return tools.sessionUses.latest(session.id) ?? session.lastSeenAt;
}

/** Ends the actor's own session; an API key has none. */
export async function signOut(actor: Actor): Promise<void> {
  const { accountId } = actor;
  const sessionId = sessionIdOf(actor);
  if (sessionId !== null) await actor.tools.db.session.deleteMany({ where: { id: sessionId, accountId } });
}

/**
 * Ends one of the actor's sessions, at its next request.
 * @throws NotFound also for a session of another account.
 */
export async function revokeSession(actor: Actor, id: number): Promise<void> {
  await actor.tools.db.$transaction(async (transaction) => {
    const { count } = await transaction.session.deleteMany({ where: { id, accountId: actor.accountId } });
    if (count === 0) throw new NotFound();
    await recordActivity(transaction, actor, 'user:sessions.end');
  });
}

/** Ends every session of the actor but their own. */
export async function revokeOtherSessions(actor: Actor): Promise<void> {
  await actor.tools.db.$transaction(async (transaction) => {
    const count = await endOtherSessions(transaction, { accountId: actor.accountId, keptSessionId: sessionIdOf(actor) });
    if (count > 0) await recordActivity(transaction, actor, 'user:sessions.end');
  });
}

/** Ends every session of the account but the actor's own, and every sign-in that waits for its second factor; API keys stay. */
export async function endOtherSessions(
  transaction: Transaction,
  { accountId, keptSessionId }: { accountId: number; keptSessionId: number | null },
): Promise<number> {
  await transaction.signInChallenge.deleteMany({ where: { accountId } });
  const { count } = await transaction.session.deleteMany({
    where: { accountId, ...(keptSessionId === null ? {} : { id: { not: keptSessionId } }) },
  });
  return count;
}

function idleSince({ now, sessionLifetime }: Pick<Tools, 'now' | 'sessionLifetime'>): Date {
  return new Date(now().getTime() - sessionLifetime.idleSeconds * 1000);
}
