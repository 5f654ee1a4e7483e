/** An account whose row is locked. */
export type LockedAccount = {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly emailFolded: string;
  readonly passwordHash: string;
  readonly deviceGeneration: number;
  readonly disabled: boolean;
  /** The id of the transaction. */
  readonly transactionId: string;
};

/** A credential that must not end before a transaction does. */
export type Held = { readonly kind: 'apiKey' | 'session'; readonly id: number };

/** Reads an account and locks its row until the transaction ends, so that changes of one account follow one another. */
export const lockText = `SELECT id, username, email, email_folded AS "emailFolded", password_hash AS "passwordHash",
  device_generation AS "deviceGeneration", disabled, pg_current_xact_id()::text AS "transactionId"
  FROM accounts WHERE id = $1 FOR NO KEY UPDATE`;

/** Keeps a credential from being deleted until the transaction ends. */
export const holdText = {
  apiKey: 'SELECT id FROM api_keys WHERE id = $1 FOR KEY SHARE',
  session: 'SELECT id FROM sessions WHERE id = $1 FOR KEY SHARE',
} as const;
