import type { Actor, Visitor } from '../account/actor.ts';
import type { Budget, Spent } from '../rate-limits/budget.ts';

/** Counts a request for the account, over all its keys and sessions and both APIs; without an account for the address. */
export function countRequest(budget: Budget, caller: Visitor | Actor): Promise<Spent | null> {
  return budget.spend('accountId' in caller ? `account:${caller.accountId}` : `address:${caller.network}`);
}
