import { hashToken } from '../../crypto/token.ts';
import type { Transaction } from '../../db/database.ts';
import type { LockedAccount } from '../../db/statements/locks.ts';
import { endSessionOfToken, endSessionsBeyond } from '../../db/statements/sessions.ts';
import type { Tools, Visitor } from '../actor.ts';
import { type Changed, writeActivity } from '../change.ts';
import { createDevice, type Device } from './devices.ts';
import { idleSince } from './lifetime.ts';
import { type StartedSession, sessionsEnded, startSession } from './sessions.ts';

/** A complete sign-in: its session, and the device of its browser. */
export type Entered = StartedSession & { readonly device: Device };

/**
 * Begins the session of a complete sign-in in place of the one whose cookie came with it. Where the account has its maximum
 * of open sessions, the least recently used one is ended.
 */
export async function enter(transaction: Transaction, visitor: Visitor, account: LockedAccount): Promise<Changed<Entered>> {
  const isReplaced = await endReplaced(transaction, visitor, account.id);
  const beyond = await endBeyondLimit(transaction, visitor, account.id);
  const session = await startSession(transaction, visitor, account.id);
  return {
    result: { ...session, device: createDevice(visitor, account) },
    events: [...sessionsEnded(isReplaced ? 1 : 0, 'replaced'), ...sessionsEnded(beyond, 'limit'), ['sign-in.succeeded']],
  };
}

/** Writes the last uses that are noted in memory, so that the least recently used session is known. */
export async function noteLastUses({ sessionUses, limits }: Tools): Promise<void> {
  if (limits.sessionsMax > 0) await sessionUses.flush().catch(() => undefined);
}

/** The session can be one of another account, whose activity then has a row of it. */
async function endReplaced(transaction: Transaction, visitor: Visitor, accountId: number): Promise<boolean> {
  if (visitor.sessionToken === null) return false;
  const ended = await endSessionOfToken(transaction, hashToken(visitor.sessionToken));
  if (ended && ended.accountId !== accountId) await writeActivity(transaction, visitor, ended.accountId, { event: 'user:sessions.end' });
  return ended !== null;
}

async function endBeyondLimit(transaction: Transaction, { tools, now }: Visitor, accountId: number): Promise<number> {
  const { sessionsMax } = tools.limits;
  if (sessionsMax === 0) return 0;
  return endSessionsBeyond(transaction, { accountId, most: sessionsMax - 1, now: now(), idleSince: idleSince(tools) });
}
