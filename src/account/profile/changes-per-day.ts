import type { Transaction } from '../../db/database.ts';
import type { Actor } from '../actor.ts';
import { reachLimit } from '../security-events.ts';

const dayMs = 86_400_000;

/**
 * Counts a change of the e-mail address or of the username, under the lock of the account. The count is stored with the account:
 * it survives a restart and is the same for every instance.
 * @throws RateLimited when the account has had its changes of 24 hours.
 */
export async function countChange(transaction: Transaction, actor: Actor, field: 'email' | 'username'): Promise<void> {
  const { tools, accountId } = actor;
  const { emailChangesPerDay: max } = tools.limits;
  if (max === 0) return;
  const where = { id: accountId };
  const counted = await transaction.account.findUniqueOrThrow({ where, select: { emailChangesAt: true, usernameChangesAt: true } });
  const now = actor.now();
  const since = now.getTime() - dayMs;
  const recent = (field === 'email' ? counted.emailChangesAt : counted.usernameChangesAt).filter((at) => at.getTime() > since);
  const oldest = recent.at(-max);
  if (oldest) {
    const limit = field === 'email' ? 'emailChanges' : 'usernameChanges';
    throw reachLimit(actor, limit, Math.ceil((oldest.getTime() - since) / 1000));
  }
  const changesAt = [...recent, now];
  const data = field === 'email' ? { emailChangesAt: changesAt } : { usernameChangesAt: changesAt };
  await transaction.account.update({ where, data, select: { id: true } });
}
