import type { Transaction } from '../db/database.ts';
import type { Viewer } from './viewer.ts';

/** What can happen to an account, by the panel's names. */
export type ActivityEvent =
  | 'auth:ip-blocked'
  | 'user:account.email-changed'
  | 'user:account.password-changed'
  | 'user:two-factor.create'
  | 'user:two-factor.delete'
  | 'user:two-factor.recovery-tokens-regenerated'
  | 'user:api-key.create'
  | 'user:api-key.delete'
  | 'user:ssh-key.create'
  | 'user:ssh-key.delete'
  | 'user:sessions.end';

/** Notes what the viewer did to their account, in the transaction that does it: no change without its row, no row without its change. */
export function recordActivity(
  transaction: Transaction,
  viewer: Viewer,
  event: ActivityEvent,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  return writeActivity(transaction, viewer, viewer.accountId, event, properties);
}

/** Notes what somebody who is not signed in as the account, or an operator, did to it. */
export function recordActivityOfStranger(
  transaction: Transaction,
  visitor: Pick<Viewer, 'ip' | 'userAgent' | 'now'>,
  accountId: number,
  event: ActivityEvent,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  return writeActivity(transaction, { ...visitor, accountId, apiKey: null }, null, event, properties);
}

async function writeActivity(
  transaction: Transaction,
  viewer: Pick<Viewer, 'ip' | 'userAgent' | 'now' | 'accountId' | 'apiKey'>,
  actorId: number | null,
  event: ActivityEvent,
  properties: Readonly<Record<string, string>>,
): Promise<void> {
  await transaction.activity.create({
    data: {
      accountId: viewer.accountId,
      actorId,
      event,
      ip: viewer.ip,
      userAgent: viewer.userAgent,
      apiKeyId: viewer.apiKey?.id ?? null,
      apiKeyIdentifier: viewer.apiKey?.identifier ?? null,
      properties,
      occurredAt: viewer.now(),
    },
    select: { id: true },
  });
}
