import type { ActivityEvent } from '../activity/events.ts';
import type { Visitor } from '../actor.ts';
import type { ActivityEntry } from '../change.ts';
import { reachLimit } from '../security-events.ts';

/** The row of activity of a sign-in. As on the panel, its properties have the address and the user agent. */
export function signInEvent({ ip, userAgent }: Visitor, event: ActivityEvent, entry: Omit<ActivityEntry, 'event'> = {}): ActivityEntry {
  return { ...entry, event, properties: { ip, useragent: userAgent, ...entry.properties } };
}

/**
 * Counts a sign-in of an address.
 * @throws RateLimited
 */
export async function countSignIn(visitor: Visitor): Promise<void> {
  const spent = await visitor.tools.signIns.spend(visitor.network);
  if (spent && !spent.isWithin) throw reachLimit(visitor, 'signIns', spent.resetSeconds);
}
