import type { Actor, Visitor } from '../account/actor.ts';
import { isRefusal } from '../account/operations.ts';
import { noteLimit, reachLimit } from '../account/security-events.ts';
import type { ViewerPlan } from '../account/viewer.ts';
import type { Budget, Spent } from '../rate-limits/budget.ts';

/** A caller whose request is answered: its actor and what the account has left; null and null without a credential. */
export type Admitted = { readonly actor: Actor | null; readonly spent: Spent | null };

/** Decides who pays for a request: the account of a credential that proves good, for everything else the address. */
export type Admission = {
  /**
   * Finds the actor and counts the request. With a plan, parts of the account are read together with an API key: for a request
   * that changes nothing. The caller looks at `spent` before it reads the body.
   * @throws what the credential is refused with; RateLimited, also instead of that, when the address has no request left.
   */
  admit(plan: ViewerPlan | null): Promise<Admitted>;
  /** Whether a short body may be read before the credential is looked up: with an API key, at an address that has requests left. */
  mayReadEarly(): boolean;
  /**
   * Counts the request for the address, once, and no more for the account.
   * @throws RateLimited when the address has no request left. The account then pays: a body was read for it.
   */
  chargeAddress(): Promise<void>;
  /**
   * Counts further requests for the account, without one for the address.
   * @throws RateLimited
   */
  spend(requests: number): Promise<void>;
};

/**
 * @param isApiKey whether the credential has the form of an API key.
 * @param identify finds the actor of the credential; null without one. It reads at most one row.
 */
export function createAdmission(
  budget: Budget,
  visitor: Visitor,
  isApiKey: () => boolean,
  identify: (plan: ViewerPlan | null) => Promise<Actor | null>,
): Admission {
  const addressKey = `address:${visitor.network}`;
  let account: Actor | null = null;
  let isAddressCharged = false;
  const keyOf = ({ accountId }: Actor) => `account:${accountId}`;
  const chargeAddress = async () => {
    if (isAddressCharged) return;
    isAddressCharged = true;
    assertWithin(visitor, await budget.spend(addressKey));
    if (account) await budget.giveBack(keyOf(account));
  };
  const admit = async (plan: ViewerPlan | null) => {
    const actor = await identify(plan).catch(async (error) => {
      if (isRefusal(error)) await chargeAddress();
      throw error;
    });
    if (!actor) await chargeAddress();
    if (!actor) return { actor, spent: null };
    account = actor;
    const spent = await budget.spend(keyOf(actor));
    if (spent && !spent.isWithin) noteLimit(actor, 'requests');
    return { actor, spent };
  };
  return {
    admit,
    mayReadEarly: () => isApiKey() && !budget.isUsedUp(addressKey),
    chargeAddress,
    spend: async (requests) => assertWithin(account ?? visitor, await budget.spend(account ? keyOf(account) : addressKey, requests)),
  };
}

/** @throws RateLimited */
function assertWithin(caller: Visitor | Actor, spent: Spent | null): void {
  if (spent && !spent.isWithin) throw reachLimit(caller, 'requests', spent.resetSeconds);
}
