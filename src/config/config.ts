import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { ConfigError, masterKey, readEnvironment } from './environment.ts';
import { findCrossSite, warnOfCrossSite } from './sites.ts';
import { readTrustedDocuments } from './trusted-documents.ts';
import { readValueFiles } from './value-files.ts';

/** The configuration, parsed and checked once. */
export type Config = ReturnType<typeof readConfig>;

/** The database of the accounts. */
export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | { readonly kind: 'postgresql'; readonly url: string };

/** The form of REST answers where the documentation and the running panel differ. */
export type RestDialect = Config['restDialect'];

/** Limits of accounts and addresses; 0 turns a limit off. */
export type LimitsConfig = Config['limits'];

/** Limits of one GraphQL request; 0 turns a limit off. */
export type DocumentLimits = Config['documentLimits'];

/** The seconds from the last use of a session, and from its start, to its end. */
export type SessionLifetime = Config['sessionLifetime'];

/**
 * Reads the configuration from the environment.
 * @throws ConfigError for an invalid variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  const read = readEnvironment(readValueFiles(env));
  if (read.DATABASE_URL !== undefined && read.APP_KEY === undefined) {
    throw new ConfigError('APP_KEY', 'is required with DATABASE_URL: make one with  echo "base64:$(openssl rand -base64 32)"');
  }
  const database: DatabaseConfig =
    read.DATABASE_URL === undefined
      ? { kind: 'embedded', dataDir: resolve(read.DATA_DIR) }
      : { kind: 'postgresql', url: read.DATABASE_URL };
  const appUrl = new URL(read.APP_URL ?? `http://127.0.0.1:${read.PORT}`);
  const crossSiteOrigins = findCrossSite(read.CORS_ORIGINS, appUrl);
  return {
    port: read.PORT,
    host: read.HOST,
    database,
    /** The file for the credentials of the first account; null: they are printed. */
    firstAccountFile: read.NODE_ENV === 'production' ? join(resolve(read.DATA_DIR), 'first-account.txt') : null,
    /** 32 bytes; with the embedded database it may be unset, and is then generated in the data folder. */
    appKey: read.APP_KEY,
    appPreviousKeys: read.APP_PREVIOUS_KEYS,
    appName: read.APP_NAME,
    appUrl,
    /** Whether an operator has set `appUrl`: then clients reach the gateway by it, whatever the Host header says. */
    isAppUrlSet: read.APP_URL !== undefined,
    proxies: {
      header: read.FORWARDED_HEADER,
      isPeerTrusted: read.TRUSTED_PROXIES.includes('*'),
      list: read.TRUSTED_PROXIES,
      isTrusted: matchRanges(read.TRUSTED_PROXIES.filter((range) => range !== '*')),
    },
    corsOrigins: read.CORS_ORIGINS,
    /** Those of `corsOrigins` that are of another site than `appUrl`. */
    crossSiteOrigins,
    /** Sentences for the operator about what is valid and does not work. */
    warnings: [
      ...(appUrl.protocol === 'https:' ? [] : crossSiteOrigins.map((origin) => warnOfCrossSite(origin, appUrl))),
      ...read.TRUSTED_PROXIES.filter(isEverything).map(warnOfEverything),
    ],
    requestTimeoutMs: read.REQUEST_TIMEOUT_SECONDS * 1_000,
    shutdownDelayMs: read.SHUTDOWN_DELAY_SECONDS * 1_000,
    pool: {
      connectionsMax: read.DATABASE_CONNECTIONS_MAX,
      // The live feed relies on it: no transaction lasts longer.
      statementMs: Math.min(read.REQUEST_TIMEOUT_SECONDS * 1_000, statementMsMax),
    },
    isMigratedOnStart: read.MIGRATE_ON_START === 'on',
    restDialect: read.REST_DIALECT,
    logLevel: read.LOG_LEVEL,
    metricsPort: read.METRICS_PORT,
    metricsHost: read.METRICS_HOST,
    /** The lowest score of zxcvbn that a new password may have. */
    passwordScoreMin: read.PASSWORD_SCORE_MIN,
    redisUrl: read.REDIS_URL,
    sessionLifetime: { idleSeconds: read.SESSION_IDLE_HOURS * 3600, absoluteSeconds: read.SESSION_DAYS * 86_400 },
    graphql: {
      isIntrospectionOn: read.GRAPHQL_INTROSPECTION === 'on',
      /** The only documents that are executed; undefined: any document is executed. */
      documents: readTrustedDocuments('GRAPHQL_DOCUMENTS', read.GRAPHQL_DOCUMENTS),
    },
    limits: {
      requestsPerMinute: read.LIMIT_REQUESTS_PER_MINUTE,
      emailChangesPerDay: read.LIMIT_EMAIL_CHANGES_PER_DAY,
      wrongSecretsPer15Minutes: read.LIMIT_WRONG_SECRETS_PER_15_MINUTES,
      wrongSecretsPerDay: read.LIMIT_WRONG_SECRETS_PER_DAY,
      signInsPerMinute: read.LIMIT_SIGN_INS_PER_MINUTE,
      unknownKeysPerMinute: read.LIMIT_UNKNOWN_KEYS_PER_MINUTE,
      apiKeysMax: read.LIMIT_API_KEYS,
      sshKeysMax: read.LIMIT_SSH_KEYS,
      sessionsMax: read.LIMIT_SESSIONS,
      /** The most rows that each list gives. */
      listed: {
        apiKeys: boundList(read.LIMIT_API_KEYS, 25),
        sshKeys: boundList(read.LIMIT_SSH_KEYS, 100),
        sessions: boundList(read.LIMIT_SESSIONS, 50),
      },
      pageSizeMax: read.LIMIT_PAGE_SIZE,
      subscriptionsMax: read.LIMIT_SUBSCRIPTIONS,
    },
    documentLimits: {
      characters: read.LIMIT_DOCUMENT_CHARACTERS,
      nameLength: read.LIMIT_DOCUMENT_NAME_LENGTH,
      tokens: read.LIMIT_DOCUMENT_TOKENS,
      depth: read.LIMIT_DOCUMENT_DEPTH,
      aliases: read.LIMIT_DOCUMENT_ALIASES,
      directives: read.LIMIT_DOCUMENT_DIRECTIVES,
      cost: read.LIMIT_DOCUMENT_COST,
      secrets: read.LIMIT_DOCUMENT_SECRETS,
      changes: read.LIMIT_DOCUMENT_CHANGES,
      introspections: read.LIMIT_DOCUMENT_INTROSPECTIONS,
      batchSize: read.LIMIT_BATCH_SIZE,
    },
  };
}

const statementMsMax = 15_000;
const listMax = 1_000;

/** After a limit was lowered to less than its default, the list still gives what there was before. */
function boundList(limit: number, standard: number): number {
  return limit === 0 ? listMax : Math.max(limit, standard);
}

/**
 * Reads the form of APP_KEY: `base64:` and 32 bytes.
 * @param source a variable or a file, for the message.
 * @throws ConfigError
 */
export function parseAppKey(source: string, text: string): Uint8Array {
  const { data, error } = masterKey.safeParse(text);
  if (!data) throw new ConfigError(source, String(error.issues[0]?.message));
  return data;
}

function isEverything(range: string): boolean {
  return /\/0+$/.test(range);
}

function warnOfEverything(range: string): string {
  return `TRUSTED_PROXIES: ${range} is every address, so each client chooses the address that it is taken for. Use * for the directly connected peer.`;
}

function matchRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = familyOf(address);
    list.addSubnet(address, Number(prefix ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}
