import type { Transaction } from '../db/database.ts';
import type { Sql } from '../db/sql.ts';
import { type ActivityWriter, holdCredential, insertActivity, lockAccount, type NewActivity } from '../db/statements/changes.ts';
import type { Held, LockedAccount } from '../db/statements/locks.ts';
import type { Mark } from '../db/statements/outcome.ts';
import { isConflict, isUnavailable } from '../db/unavailable.ts';
import type { ActivityEvent } from './activity/events.ts';
import type { Actor, Visitor } from './actor.ts';
import type { Credential } from './credential.ts';
import { isCommitted } from './outcome.ts';
import { IncorrectPassword, Unauthenticated } from './refusals.ts';
import { logEvent, type SecurityEvent } from './security-events.ts';
import type { VerifiedPassword } from './verify.ts';

/** A row of activity of a change. */
export type ActivityEntry = {
  readonly event: ActivityEvent;
  readonly properties?: Readonly<Record<string, string | number | null>>;
  /** An unauthenticated caller caused the event. */
  readonly isAnonymous?: boolean;
};

/** A security event of a change, with the details of its line in the log. */
export type ChangeEvent = readonly [event: SecurityEvent, details?: Readonly<Record<string, string | number>>];

/** The result of a change, its activity, and its security events; none where nothing changed. */
export type Changed<Result> = {
  readonly result: Result;
  readonly activity?: ActivityEntry | readonly ActivityEntry[];
  readonly events?: readonly ChangeEvent[];
};

const retriesMax = 2;

/**
 * Changes the actor's account in one transaction: locks the account, holds the credential, compares what was verified with
 * what is stored, runs the change and writes its activity. On a deadlock the transaction is run again, at most twice.
 * @param verified the password that `verifyPassword` found correct; null where the change requires none.
 * @throws Unauthenticated when the credential was revoked meanwhile; IncorrectPassword when the password was changed meanwhile;
 * what `run` throws, with everything rolled back.
 */
export function change<Result>(
  actor: Actor,
  verified: VerifiedPassword | null,
  run: (transaction: Transaction, account: LockedAccount) => Promise<Changed<Result>>,
): Promise<Result> {
  return changeAccount(actor, actor.accountId, async (transaction, account) => {
    const held = heldOf(actor.credential);
    if (!account || (held && !(await holdCredential(transaction, held)))) throw new Unauthenticated();
    if (verified && verified.passwordHash !== account.passwordHash) throw new IncorrectPassword();
    return run(transaction, account);
  });
}

/**
 * The same change by statements of the program instead of Prisma, in half the messages: for the changes that programs make most.
 * @throws what `change` throws.
 */
export function changeBySql<Result>(actor: Actor, run: (sql: Sql, account: LockedAccount) => Promise<Changed<Result>>): Promise<Result> {
  const work = (sql: Sql, account: LockedAccount | null) => {
    if (!account) throw new Unauthenticated();
    return run(sql, account);
  };
  return changeAccountBySql(actor, actor.accountId, work, heldOf(actor.credential));
}

/**
 * The transaction of `changeAccount`, by statements of the program.
 * @param run gets null where the account does not exist or is disabled, or the credential to hold has ended.
 */
export function changeAccountBySql<Result>(
  visitor: Visitor | Actor,
  accountId: number,
  run: (sql: Sql, account: LockedAccount | null) => Promise<Changed<Result>>,
  held: Held | null = null,
): Promise<Result> {
  return finish(visitor, accountId, (committing) =>
    visitor.tools.transact(accountId, held, async (sql, { account, isHeld }) => {
      const open = account && isHeld && !isBarred(visitor, account) ? account : null;
      const changed = await run(sql, open);
      return committing(account, changed, await writeActivities(sql, visitor, accountId, changed));
    }),
  );
}

/**
 * The same transaction without a credential: for sign-ins, whose caller has none yet.
 * @param run gets null where the account does not exist or is disabled.
 */
export function changeAccount<Result>(
  visitor: Visitor | Actor,
  accountId: number,
  run: (transaction: Transaction, account: LockedAccount | null) => Promise<Changed<Result>>,
): Promise<Result> {
  return finish(visitor, accountId, (committing) =>
    visitor.tools.db.$transaction(async (transaction) => {
      const account = await lockAccount(transaction, accountId);
      const open = account && isBarred(visitor, account) ? null : account;
      const changed = await run(transaction, open);
      return committing(account, changed, await writeActivities(transaction, visitor, accountId, changed));
    }),
  );
}

/** Notes what a transaction did, as the last thing before its COMMIT. */
type Committing<Result> = (account: LockedAccount | null, changed: Changed<Result>, row: NewActivity | null) => Changed<Result>;

/** Runs a transaction until it is committed, and makes its activity and its security events known. */
async function finish<Result>(
  visitor: Visitor | Actor,
  accountId: number,
  transact: (committing: Committing<Result>) => Promise<Changed<Result>>,
): Promise<Result> {
  const { inTurn, feed } = visitor.tools;
  const { result, events = [] } = await inTurn(accountId, () => commit(visitor, transact));
  feed.poll();
  for (const [event, details] of events) logEvent({ ...visitor, accountId }, event, details);
  return result;
}

/** @throws OutcomeUnknown where the connection was lost at COMMIT, and the server does not say what became of it. */
async function commit<Result>({ tools, beginCommit }: Visitor, transact: (committing: Committing<Result>) => Promise<Changed<Result>>) {
  for (let retries = 0; ; retries += 1) {
    let done: { readonly mark: Mark; readonly changed: Changed<Result> } | null = null;
    try {
      return await transact((account, changed, row) => {
        beginCommit();
        done = account && row && { mark: { ...row, transactionId: account.transactionId }, changed };
        return changed;
      });
    } catch (error) {
      if (isConflict(error) && retries < retriesMax) continue;
      if (done === null || !isUnavailable(error)) throw error;
      const { mark, changed } = done;
      if (!(await isCommitted(tools, mark))) throw error;
      return changed;
    }
  }
}

/** @returns the first row; null where there is none. */
async function writeActivities<Result>(
  writer: ActivityWriter,
  visitor: Visitor | Actor,
  accountId: number,
  { activity = [] }: Changed<Result>,
): Promise<NewActivity | null> {
  let first: NewActivity | null = null;
  for (const entry of [activity].flat()) {
    const row = await writeActivity(writer, visitor, accountId, entry);
    first ??= row;
  }
  return first;
}

/** Writes a row of activity outside a change: for what must outlive a refusal. */
export async function writeActivity(
  writer: ActivityWriter,
  visitor: Visitor | Actor,
  accountId: number,
  { event, properties = {}, isAnonymous = false }: ActivityEntry,
): Promise<NewActivity> {
  const { ip, userAgent } = visitor;
  const credential = 'credential' in visitor ? visitor.credential : null;
  const apiKey = credential?.kind === 'apiKey' ? credential : null;
  const isOperator = credential?.kind === 'operator';
  const actorId = isAnonymous || isOperator ? null : accountId;
  const shown = isOperator ? { ...properties, by: 'operator' } : properties;
  const row = { accountId, actorId, event, ip, userAgent, apiKey, properties: shown, occurredAt: visitor.now() };
  await insertActivity(writer, row);
  return row;
}

/** A disabled account is changed by the operator only, also where the request was admitted before. */
function isBarred(visitor: Visitor | Actor, { disabled }: LockedAccount): boolean {
  return disabled && !('credential' in visitor && visitor.credential.kind === 'operator');
}

function heldOf({ kind, ...credential }: Credential): Held | null {
  return kind !== 'operator' && 'id' in credential ? { kind, id: credential.id } : null;
}
