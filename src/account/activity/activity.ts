import { setTimeout as sleep } from 'node:timers/promises';
import type { Prisma, Transaction } from '../../db/database.ts';
import { isUnavailable } from '../../db/unavailable.ts';
import type { Actor, Visitor } from '../actor.ts';
import { Unauthenticated } from '../refusals.ts';

/** What can happen to an account, by the panel's names. */
export type ActivityEvent =
  | 'auth:success'
  | 'auth:fail'
  | 'auth:checkpoint'
  | 'auth:token'
  | 'auth:recovery-token'
  | 'auth:ip-blocked'
  | 'user:account.email-changed'
  | 'user:account.password-changed'
  | 'user:account.username-changed'
  | 'user:two-factor.create'
  | 'user:two-factor.delete'
  | 'user:two-factor.recovery-tokens-regenerated'
  | 'user:api-key.create'
  | 'user:api-key.delete'
  | 'user:ssh-key.create'
  | 'user:ssh-key.delete'
  | 'user:sessions.end';

/**
 * Notes what the actor did to their account, in the transaction that does it: no change without its row, no row without
 * its change.
 * @throws Unauthenticated when the actor's key was revoked since the request came in.
 */
export async function recordActivity(
  transaction: Transaction,
  actor: Actor,
  event: ActivityEvent,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  if (actor.credential.kind === 'apiKey') await holdApiKey(transaction, actor.credential.id);
  await writeActivity(transaction, actor, actor.accountId, event, properties);
}

/** Nobody deletes the key before the transaction ends. */
async function holdApiKey(transaction: Transaction, apiKeyId: number): Promise<void> {
  const held = await transaction.$queryRaw<unknown[]>`SELECT id FROM api_keys WHERE id = ${apiKeyId} FOR KEY SHARE`;
  if (held.length === 0) throw new Unauthenticated();
}

/** Notes what an operator did to an account, or what happened at its door. `actorId` null: nobody who is signed in. */
export async function recordActivityOf(
  transaction: Transaction,
  visitor: Pick<Visitor, 'ip' | 'userAgent' | 'now'> & { actorId?: number | null },
  accountId: number,
  event: ActivityEvent,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  const at = event.startsWith('auth:') ? { ip: visitor.ip, useragent: visitor.userAgent } : {};
  const { actorId = accountId } = visitor;
  await writeActivity(transaction, { ...visitor, accountId }, actorId, event, { ...at, ...properties });
}

async function writeActivity(
  transaction: Transaction,
  actor: Pick<Actor, 'ip' | 'userAgent' | 'now' | 'accountId'> & Partial<Pick<Actor, 'credential'>>,
  actorId: number | null,
  event: ActivityEvent,
  properties: Readonly<Record<string, string | null>>,
): Promise<void> {
  const apiKey = actor.credential?.kind === 'apiKey' ? actor.credential : null;
  await transaction.activity.create({
    data: {
      accountId: actor.accountId,
      actorId,
      event,
      ip: actor.ip,
      userAgent: actor.userAgent,
      apiKeyId: apiKey?.id ?? null,
      apiKeyIdentifier: apiKey?.identifier ?? null,
      properties,
      occurredAt: actor.now(),
    },
    select: { id: true },
  });
}

/** What the account may see of a row's properties: where a stranger called from is theirs, not the account's. */
export function visibleProperties({ properties, actorId, accountId }: Pick<ActivityRow, 'properties' | 'actorId' | 'accountId'>): object {
  const all = typeof properties === 'object' && properties !== null && !Array.isArray(properties) ? properties : {};
  return 'ip' in all && actorId !== accountId ? { ...all, ip: '[hidden]' } : all;
}

/**
 * Reads one row of the actor's activity with whatever a Prisma selection asks for. A row is told once, so a connection that
 * is lost meanwhile must not lose it: it is read again, for about three seconds.
 */
export async function readNewActivity(actor: Actor, id: bigint, selection: Prisma.ActivityDefaultArgs) {
  const read = () => actor.tools.db.activity.findUniqueOrThrow({ ...selection, where: { id, accountId: actor.accountId } });
  for (let waitMs = 50; waitMs <= 1_600; waitMs *= 2) {
    try {
      return await read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await sleep(waitMs);
    }
  }
  return read();
}

/** A page of an account's activity, and what it is a page of. */
export type ActivityPage = { readonly rows: readonly ActivityRow[]; readonly total: number };

const activityFields = {
  id: true,
  accountId: true,
  actorId: true,
  event: true,
  ip: true,
  apiKeyIdentifier: true,
  properties: true,
  occurredAt: true,
} as const satisfies Prisma.ActivitySelect;

export type ActivityRow = Prisma.ActivityGetPayload<{ select: typeof activityFields }>;

/**
 * Lists the actor's activity by numbered pages.
 * @param page counted from 1; `events`: parts of event names, any of which may match, without regard to case; none: all.
 */
export async function listActivity(
  actor: Actor,
  { page, perPage, events, order }: { page: number; perPage: number; events: readonly string[]; order: 'asc' | 'desc' },
): Promise<ActivityPage> {
  const matches = events.map((part) => ({ event: { contains: escapeLike(part), mode: 'insensitive' as const } }));
  const where = { accountId: actor.accountId, ...(matches.length === 0 ? {} : { OR: matches }) };
  const [rows, total] = await Promise.all([
    actor.tools.db.activity.findMany({ where, orderBy: { id: order }, skip: (page - 1) * perPage, take: perPage, select: activityFields }),
    actor.tools.db.activity.count({ where }),
  ]);
  return { rows, total };
}

/** In a pattern of LIKE, `%` and `_` stand for anything; here they stand for themselves. */
function escapeLike(part: string): string {
  return part.replaceAll('\0', '').replaceAll(/[\\%_]/g, '\\$&');
}
