import type { Actor, Tools, Visitor } from '../account/actor.ts';
import { createSessionCookie, type SessionCookie } from '../auth/cookie.ts';
import { greet, identify } from '../auth/identify.ts';
import { countRequest, spendRequest } from '../auth/requests.ts';
import type { Config } from '../config/config.ts';
import { createBudget, type Spent } from '../rate-limits/budget.ts';
import type { RedisConnection } from '../rate-limits/redis.ts';

/** What the connection knows and the request does not say. */
export type ServerContext = {
  /** The other end of the connection; left out where there is none. */
  readonly peer?: string | undefined;
};

/** Where everybody comes in, for GraphQL and for REST: who asks, and how often. */
export type Door = {
  readonly cookie: SessionCookie;
  greet(request: Request, context: ServerContext): Visitor;
  /** @throws Unauthenticated, AddressNotAllowed, CrossSite. */
  identify(visitor: Visitor, request: Request): Promise<Actor | null>;
  /** Takes a request from the budget, and tells what is left. */
  count(asking: Visitor | Actor): Promise<Spent | null>;
  /** @throws RateLimited */
  spend(asking: Visitor | Actor): Promise<void>;
};

const minuteSeconds = 60;

export function createDoor(config: Config, tools: Tools, redis: RedisConnection | null): Door {
  const requests = createBudget(redis, 'requests', config.limits.requestsPerMinute, minuteSeconds);
  const cookie = createSessionCookie(config.appUrl);
  const credentials = { isTrustedProxy: config.isTrustedProxy, cookie, ownOrigins: [config.appUrl.origin, ...config.corsOrigins] };
  return {
    cookie,
    greet: (request, { peer }) => greet(tools, request, peer ?? null, credentials),
    identify: (visitor, request) => identify(visitor, request, credentials),
    count: (asking) => countRequest(requests, asking),
    spend: (asking) => spendRequest(requests, asking),
  };
}
