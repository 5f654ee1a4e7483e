import type { Sql } from '../../db/sql.ts';
import type { LockedAccount } from '../../db/statements/locks.ts';
import type { Tools, Visitor } from '../actor.ts';
import { type Changed, writeActivity } from '../change.ts';
import { createDevice, type Device } from './devices.ts';
import { type StartedSession, sessionsEnded, startSession } from './sessions.ts';

/** A complete sign-in: its session, and the device of its browser. */
export type Entered = StartedSession & { readonly device: Device };

/** Begins the session of a complete sign-in. */
export async function enter(sql: Sql, visitor: Visitor, account: LockedAccount): Promise<Changed<Entered>> {
  const { replacedOf, ended, ...started } = await startSession(sql, visitor, account.id);
  // The session that is replaced can be one of another account, whose activity then has a row of it.
  if (replacedOf !== null && replacedOf !== account.id) await writeActivity(sql, visitor, replacedOf, { event: 'user:sessions.end' });
  return {
    result: { ...started, device: createDevice(visitor, account) },
    events: [...sessionsEnded(replacedOf === null ? 0 : 1, 'replaced'), ...sessionsEnded(ended, 'limit'), ['sign-in.succeeded']],
  };
}

/** Writes the last uses that are noted in memory, so that the least recently used session is known. */
export async function noteLastUses({ sessionUses, limits }: Tools): Promise<void> {
  if (limits.sessionsMax > 0) await sessionUses.flush().catch(() => undefined);
}
