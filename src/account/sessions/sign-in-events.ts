import type { ActivityEvent } from '../activity/events.ts';
import type { Visitor } from '../actor.ts';
import { type ActivityEntry, writeActivity } from '../change.ts';
import type { SignInOutcome } from '../counts.ts';
import { nameCharactersMax } from '../input.ts';
import { Overloaded, RateLimited, Refusal } from '../refusals.ts';
import { logEvent, reachLimit } from '../security-events.ts';

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

/** Counts how a sign-in ends. One that a rate limit refuses before it is tried counts for that limit alone. */
export async function countOutcome<Result>(
  { tools: { counts } }: Visitor,
  outcomeOf: (result: Result) => SignInOutcome,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await run();
    counts.signIn(outcomeOf(result));
    return result;
  } catch (error) {
    if (error instanceof Overloaded) counts.signIn('overloaded');
    else if (error instanceof RateLimited) counts.signIn('locked');
    else if (error instanceof Refusal) counts.signIn('failed');
    throw error;
  }
}

/** A sign-in that failed, on an account or on none. */
type Failure = { readonly accountId: number | null; readonly login: string; readonly reason: string };

/**
 * Logs a failed sign-in and gives the account its row of activity. The row is not awaited: a sign-in to an account must take
 * no longer than one to no account.
 */
export function noteFailure(visitor: Visitor, { accountId, login, reason }: Failure): void {
  logEvent(visitor, 'sign-in.failed', { reason, ...(accountId === null ? {} : { accountId }) });
  if (accountId === null) return;
  const properties = { [login.includes('@') ? 'email' : 'username']: login.slice(0, nameCharactersMax) };
  const entry = signInEvent(visitor, 'auth:fail', { properties, isAnonymous: true });
  visitor.tools.inBackground(() => writeActivity(visitor.tools.db, visitor, accountId, entry));
}
