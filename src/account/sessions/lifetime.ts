import type { SessionLifetime } from '../../config/config.ts';
import type { Uses } from '../uses.ts';

/** The clock and the lifetimes that decide when a session ends. */
export type SessionClock = { readonly sessionUses: Uses; readonly sessionLifetime: SessionLifetime; now(): Date };

/** Whether a session is past its idle or its absolute lifetime. */
export function isOver(clock: SessionClock, session: { id: number; lastSeenAt: Date; expiresAt: Date }): boolean {
  return session.expiresAt <= clock.now() || lastSeenOf(clock, session) <= idleSince(clock);
}

/** The time of the last request of a session, also where it is not written yet. */
export function lastSeenOf({ sessionUses }: Pick<SessionClock, 'sessionUses'>, session: { id: number; lastSeenAt: Date }): Date {
  return sessionUses.latest(session.id) ?? session.lastSeenAt;
}

/** A session whose last request is not after this time is over. */
export function idleSince({ now, sessionLifetime }: Pick<SessionClock, 'now' | 'sessionLifetime'>): Date {
  return new Date(now().getTime() - sessionLifetime.idleSeconds * 1000);
}
