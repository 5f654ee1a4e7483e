import type { Transaction } from '../../db/database.ts';
import { addressNetwork } from '../../net/addresses.ts';
import type { Actor } from '../actor.ts';
import { changeAccount } from '../change.ts';
import type { Credential } from '../credential.ts';

type ApiKeyCredential = Extract<Credential, { readonly kind: 'apiKey' }>;

const minuteMs = 60_000;
/** Rows of one key in a minute, over all networks. */
const rowsMax = 20;
const event = 'auth:ip-blocked';

/**
 * Leaves a row of activity for a use from another address: at most one in a minute for a key and an address (IPv6: its /64),
 * whatever the number of instances. The row has the number of uses before it that have none.
 */
export async function recordRefusedUse(actor: Actor, { id, identifier }: ApiKeyCredential): Promise<void> {
  const { tools, accountId, network } = actor;
  const key = `${id} ${network}`;
  const between = tools.refusedUses.count(key, actor.now());
  if (between === null) return;
  const properties = { identifier, ...(between === 0 ? {} : { unrecorded: between }) };
  let isRecorded = false;
  try {
    isRecorded = await changeAccount(actor, accountId, async (transaction, account) => {
      if (!account || (await hasRow(transaction, actor, identifier))) return { result: false };
      return { result: true, activity: { event, properties } };
    });
  } finally {
    if (!isRecorded) tools.refusedUses.withdraw(key, between);
  }
}

/** Whether the key has a row of this network in the last minute, or as many of others as it can have. */
async function hasRow(transaction: Transaction, { accountId, network, now }: Actor, apiKeyIdentifier: string): Promise<boolean> {
  const rows = await transaction.activity.findMany({
    where: { accountId, event, occurredAt: { gt: new Date(now().getTime() - minuteMs) }, apiKeyIdentifier },
    orderBy: { occurredAt: 'desc' },
    take: rowsMax,
    select: { ip: true },
  });
  return rows.length === rowsMax || rows.some(({ ip }) => addressNetwork(ip) === network);
}
