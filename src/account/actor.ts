import type { LimitsConfig, SessionLifetime } from '../config/config.ts';
import type { KeyRing } from '../crypto/keys.ts';
import type { PasswordCost } from '../crypto/password-hash.ts';
import type { PasswordStrength } from '../crypto/password-strength.ts';
import type { Database } from '../db/database.ts';
import type { Sql } from '../db/sql.ts';
import type { ViewerPlan, ViewerRow } from '../db/statements/viewer.ts';
import type { Transact } from '../db/transact.ts';
import type { Budget } from '../rate-limits/budget.ts';
import type { GuessCounters } from '../rate-limits/counter.ts';
import type { Queue } from '../rate-limits/queue.ts';
import type { RefusedUses } from '../rate-limits/refused-uses.ts';
import type { Turns } from '../rate-limits/turns.ts';
import type { ActivityFeed } from './activity/feed.ts';
import type { Counts } from './counts.ts';
import type { Credential } from './credential.ts';
import type { HashKinds } from './sessions/hash-kinds.ts';
import type { Uses } from './uses.ts';

/** What operations work with: created once, when the gateway starts. */
export type Tools = {
  readonly db: Database;
  /** Sends statements of the program without Prisma. */
  readonly sql: Sql;
  /** Runs such statements in a transaction under the lock of an account. */
  readonly transact: Transact;
  /** Runs the changes of an account: those that wait for its lock must not hold the connections that other accounts need. */
  readonly inTurn: Turns;
  /** Runs what reads all rows of an account, which can be many, for the same reason. */
  readonly readInTurn: Turns;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  readonly limits: LimitsConfig;
  /** The name that an authenticator shows beside the code. */
  readonly issuer: string;
  readonly keyUses: Uses;
  readonly sessionUses: Uses;
  readonly sessionLifetime: SessionLifetime;
  /** New activity, for subscriptions. */
  readonly feed: ActivityFeed;
  /** Wrong secrets, per source. */
  readonly guessCounters: GuessCounters;
  /** Sign-ins, per address. */
  readonly signIns: Budget;
  /** Unknown API keys, per address. */
  readonly unknownKeys: Budget;
  /** Uses of API keys from addresses that they are not allowed from. */
  readonly refusedUses: RefusedUses;
  /** The queue in which passwords are hashed. */
  readonly hashing: Queue;
  /** The strength of new passwords, the least that is accepted, and the queue in which it is measured. */
  readonly strength: PasswordStrength;
  readonly passwordScoreMin: number;
  readonly measuring: Queue;
  readonly hashKinds: HashKinds;
  /** Starts work that no request waits for; it ends before the gateway does. */
  inBackground(work: () => Promise<unknown>): void;
  readonly counts: Counts;
  /** Writes a security event to the log, as a line of its own. */
  logEvent(line: Readonly<Record<string, unknown>>): void;
  /** The clock. Tests set it. */
  now(): Date;
};

/** Where a request comes from, before its credential is known. */
export type Visitor = {
  readonly tools: Tools;
  /** Null where there is no network, as on the command line. */
  readonly ip: string | null;
  /** False where a proxy named an address that cannot be read: `ip` is then its own, and lists of allowed addresses deny. */
  readonly isAddressCertain: boolean;
  /** What rate limits count the address as: itself, or its /64 in IPv6. */
  readonly network: string;
  readonly userAgent: string | null;
  /** The id of the request, in the log and in its answer. Null on the command line. */
  readonly requestId: string | null;
  /** The token in the session cookie of the request, valid or not; null without it. */
  readonly sessionToken: string | null;
  /** What a browser keeps of an earlier sign-in; null without it. */
  readonly deviceToken: string | null;
  /** Called before each COMMIT. @throws an error when the time of the request is over, and nothing may be done any more. */
  beginCommit(): void;
  now(): Date;
};

/** Who acts, on which account, and from where. */
export type Actor = Visitor & {
  readonly accountId: number;
  readonly credential: Credential;
  /** Parts of the account that were read together with its credential, for a request that changes nothing. */
  readonly loaded?: { readonly plan: ViewerPlan; readonly row: ViewerRow } | undefined;
};

/** The operator at the command line, acting on an account. */
export function actAsOperator(tools: Tools, accountId: number): Actor {
  const nowhere = {
    ip: null,
    isAddressCertain: true,
    network: 'operator',
    userAgent: null,
    requestId: null,
    sessionToken: null,
    deviceToken: null,
    beginCommit: () => undefined,
  };
  return { ...nowhere, tools, now: tools.now, accountId, credential: { kind: 'operator' } };
}

/** The session that acts; null for any other credential. */
export function sessionIdOf({ credential }: Pick<Actor, 'credential'>): number | null {
  return credential.kind === 'session' ? credential.id : null;
}
