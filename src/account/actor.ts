import type { SessionLifetime } from '../config/config.ts';
import type { LimitsConfig } from '../config/limits.ts';
import type { KeyRing } from '../crypto/keys.ts';
import type { PasswordCost } from '../crypto/password-hash.ts';
import type { Database } from '../db/database.ts';
import type { Attempts } from '../rate-limits/attempts.ts';
import type { Budget } from '../rate-limits/budget.ts';
import type { Lane } from '../rate-limits/queue.ts';
import type { ActivityFeed } from './activity/feed.ts';
import type { Uses } from './uses.ts';

/** What every verb works with, made once when the gateway starts. */
export type Tools = {
  readonly db: Database;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  readonly limits: LimitsConfig;
  /** The name an authenticator shows beside the code. */
  readonly issuer: string;
  readonly keyUses: Uses;
  readonly sessionUses: Uses;
  readonly sessionLifetime: SessionLifetime;
  /** New activity, for whoever watches. */
  readonly feed: ActivityFeed;
  /** Wrong secrets of an account. */
  readonly attempts: Attempts;
  /** Sign-ins of an address. */
  readonly signIns: Budget;
  /** API keys of an address that there are not. */
  readonly unknownKeys: Budget;
  /** Where passwords are hashed. */
  readonly hashing: Lane;
  /** Starts work that nobody waits for; it ends before the gateway does. */
  inBackground(work: () => Promise<unknown>): void;
  /** The clock; tests turn it. */
  now(): Date;
};

/** Somebody at the door: the tools, and where they are calling from. */
export type Visitor = Tools & {
  /** Null where there is no network, as on the command line. */
  readonly ip: string | null;
  /** What the address counts as in limits: itself, or its /64 in IPv6. */
  readonly network: string;
  readonly userAgent: string | null;
};

/** Somebody signed in: whose account the verbs work on. */
export type Viewer = Visitor & {
  readonly accountId: number;
  /** The API key in the request, null for a session. */
  readonly apiKey: { readonly id: number; readonly identifier: string } | null;
  /** The session in the request, null for an API key. */
  readonly sessionId: number | null;
};
