import type { LimitsConfig } from '../config/config.ts';
import type { KeyRing } from '../crypto/keys.ts';
import type { PasswordCost } from '../crypto/password-hash.ts';
import type { Database } from '../db/database.ts';
import type { KeyUses } from './api-keys/key-uses.ts';

/** What every verb works with, made once when the gateway starts. */
export type Tools = {
  readonly db: Database;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  readonly limits: LimitsConfig;
  /** The name an authenticator shows beside the code. */
  readonly issuer: string;
  readonly keyUses: KeyUses;
  /** The clock; tests turn it. */
  now(): Date;
};

/** Somebody at the door: the tools, and where they are calling from. */
export type Visitor = Tools & {
  /** Null where there is no network, as on the command line. */
  readonly ip: string | null;
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
