import { listActivityRows } from '../../db/statements/activity.ts';
import { actOn } from '../accounts.ts';
import type { ActivityEvent } from '../activity/events.ts';
import type { Actor, Tools } from '../actor.ts';
import { daySeconds } from '../guesses.ts';
import { type Profile, profileFields } from '../profile/profile.ts';
import { NotFound } from '../refusals.ts';
import { whereOpen } from '../sessions/sessions.ts';
import { findLocks, type Lock, loginOf } from './locks.ts';

/** A sign-in that failed. */
export type Failure = {
  readonly occurredAt: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly login: string;
};

/** What the operator needs to know when an owner cannot sign in. */
export type AccountOverview = Profile & {
  readonly disabled: boolean;
  readonly twoFactor: boolean;
  readonly recoveryTokens: number;
  readonly apiKeys: number;
  readonly sshKeys: number;
  /** Open sessions. */
  readonly sessions: number;
  readonly locks: readonly Lock[];
  readonly lastSignIn: { readonly occurredAt: Date; readonly ip: string | null } | null;
  /** The last failed sign-ins, newest first. */
  readonly failures: readonly Failure[];
};

const failuresShown = 10;
const attemptsMax = 1_000;

/**
 * Reads what an account is, and why a sign-in to it may be refused.
 * @throws NotFound
 */
export async function readOverview(tools: Tools, username: string): Promise<AccountOverview> {
  const operator = await actOn(tools, username);
  const counts = { recoveryTokens: true, apiKeys: true, sshKeys: true, sessions: { where: whereOpen(tools) } } as const;
  const select = { ...profileFields, disabled: true, twoFactor: { select: { secret: true } }, _count: { select: counts } } as const;
  const account = await tools.db.account.findFirst({ where: { id: operator.accountId }, select });
  if (!account) throw new NotFound();
  const { twoFactor, _count, ...profile } = account;
  const failed = await listRows(operator, 'auth:fail', attemptsMax);
  const succeeded = await listRows(operator, 'auth:success', attemptsMax);
  const [unlocked] = await listRows(operator, 'user:account.unlocked', 1);
  const since = Math.max(tools.now().getTime() - daySeconds * 1000, unlocked?.occurredAt.getTime() ?? 0);
  const attempts = [...failed, ...succeeded].filter(({ occurredAt }) => occurredAt.getTime() > since);
  const [last] = succeeded;
  return {
    ...profile,
    twoFactor: twoFactor?.secret != null,
    ..._count,
    locks: findLocks(
      attempts.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
      tools.limits,
      tools.now(),
    ),
    lastSignIn: last ? { occurredAt: last.occurredAt, ip: last.ip } : null,
    failures: failed
      .slice(0, failuresShown)
      .map(({ occurredAt, ip, userAgent, properties }) => ({ occurredAt, ip, userAgent, login: loginOf(properties) })),
  };
}

/** The newest rows of an event. */
function listRows({ tools, accountId }: Actor, event: ActivityEvent, limit: number) {
  return listActivityRows(tools.db, { accountId, event }, { order: 'desc', from: null, limit });
}
