import type { Actor, Visitor } from './actor.ts';
import { type RateLimit, RateLimited } from './refusals.ts';

/** What operators watch for: each has a line of its own in the log. */
export type SecurityEvent =
  | 'sign-in.succeeded'
  | 'sign-in.failed'
  | 'sign-in.locked'
  | 'password.changed'
  | 'two-factor.enabled'
  | 'two-factor.disabled'
  | 'api-key.created'
  | 'api-key.deleted'
  | 'api-key.refused'
  | 'api-key.unknown'
  | 'session.ended'
  | 'limit.reached';

/**
 * Logs a security event with the address and the id of the request and, where it is known, the account.
 * @param details what else the line has: never a secret.
 */
export function logEvent(
  caller: Pick<Visitor, 'ip' | 'requestId' | 'tools'> & Partial<Pick<Actor, 'accountId'>>,
  event: SecurityEvent,
  details: Readonly<Record<string, string | number>> = {},
): void {
  const { ip, requestId, tools, accountId } = caller;
  tools.logEvent({ event, ip, requestId, ...(accountId === undefined ? {} : { accountId }), ...details });
}

/** Logs and counts that a limit is reached. */
export function noteLimit(caller: Visitor | Actor, limit: RateLimit): void {
  logEvent(caller, 'limit.reached', { limit });
  caller.tools.counts.rateLimited(limit);
}

/** The refusal of what exceeds a limit, with its line in the log. */
export function reachLimit(caller: Visitor | Actor, limit: RateLimit, retryAfterSeconds: number): RateLimited {
  noteLimit(caller, limit);
  return new RateLimited(retryAfterSeconds, limit);
}
