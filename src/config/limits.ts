import { type Environment, readInteger } from './environment.ts';

/** How much is too much; 0 turns a limit off. */
export type LimitsConfig = {
  /** Of an account; of an address when nobody is signed in. */
  readonly requestsPerMinute: number;
  readonly emailChangesPerDay: number;
  /** Of an account, whichever secret: password, code or recovery token. */
  readonly wrongSecretsPer15Minutes: number;
  /** Of an address. */
  readonly signInsPerMinute: number;
  /** Of an address. */
  readonly unknownKeysPerMinute: number;
  readonly apiKeysMax: number;
  readonly sshKeysMax: number;
  /** Things on one page of a list. */
  readonly pageSizeMax: number;
  /** Subscriptions of an account that are open at once, in one process. */
  readonly subscriptionsMax: number;
};

/** How much one GraphQL request may ask for; 0 turns a limit off. */
export type DocumentLimits = {
  readonly characters: number;
  /** Of one name in it: an alias, a variable, an operation. */
  readonly nameLength: number;
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Of one operation. */
  readonly cost: number;
  /** Fields that check a secret, of a whole request. */
  readonly secrets: number;
  /** Fields that give the whole schema, of a whole request. */
  readonly introspections: number;
  /** Operations of one request. */
  readonly batchSize: number;
};

/** @throws ConfigError */
export function readLimits(env: Environment): LimitsConfig {
  return {
    requestsPerMinute: readInteger(env, 'LIMIT_REQUESTS_PER_MINUTE', 720),
    emailChangesPerDay: readInteger(env, 'LIMIT_EMAIL_CHANGES_PER_DAY', 3),
    wrongSecretsPer15Minutes: readInteger(env, 'LIMIT_WRONG_SECRETS_PER_15_MINUTES', 10),
    signInsPerMinute: readInteger(env, 'LIMIT_SIGN_INS_PER_MINUTE', 30),
    unknownKeysPerMinute: readInteger(env, 'LIMIT_UNKNOWN_KEYS_PER_MINUTE', 60),
    apiKeysMax: readInteger(env, 'LIMIT_API_KEYS', 25),
    sshKeysMax: readInteger(env, 'LIMIT_SSH_KEYS', 100),
    pageSizeMax: readInteger(env, 'LIMIT_PAGE_SIZE', 100),
    subscriptionsMax: readInteger(env, 'LIMIT_SUBSCRIPTIONS', 10),
  };
}

/** @throws ConfigError */
export function readDocumentLimits(env: Environment): DocumentLimits {
  return {
    characters: readInteger(env, 'LIMIT_DOCUMENT_CHARACTERS', 50_000),
    nameLength: readInteger(env, 'LIMIT_DOCUMENT_NAME_LENGTH', 100),
    tokens: readInteger(env, 'LIMIT_DOCUMENT_TOKENS', 2_000),
    depth: readInteger(env, 'LIMIT_DOCUMENT_DEPTH', 15),
    aliases: readInteger(env, 'LIMIT_DOCUMENT_ALIASES', 60),
    directives: readInteger(env, 'LIMIT_DOCUMENT_DIRECTIVES', 50),
    cost: readInteger(env, 'LIMIT_DOCUMENT_COST', 20_000),
    secrets: readInteger(env, 'LIMIT_DOCUMENT_SECRETS', 1),
    introspections: readInteger(env, 'LIMIT_DOCUMENT_INTROSPECTIONS', 1),
    batchSize: readInteger(env, 'LIMIT_BATCH_SIZE', 10),
  };
}
