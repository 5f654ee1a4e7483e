import type { Actor, Visitor } from '../account/actor.ts';
import { RateLimited } from '../account/refusals.ts';
import type { Budget, Spent } from '../rate-limits/budget.ts';

/**
 * Takes a request from the budget of the account, whichever of its keys and sessions it came by and through whichever
 * door; from the address's when nobody is signed in.
 */
export function countRequest(budget: Budget, asking: Visitor | Actor): Promise<Spent | null> {
  return budget.spend('accountId' in asking ? `account:${asking.accountId}` : `address:${asking.network}`);
}

/**
 * The same, for callers that only need to know whether to go on.
 * @throws RateLimited
 */
export async function spendRequest(budget: Budget, asking: Visitor | Actor): Promise<void> {
  const spent = await countRequest(budget, asking);
  if (spent && !spent.isWithin) throw new RateLimited(spent.resetSeconds, 'requests');
}
