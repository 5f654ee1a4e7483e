import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { ConfigError, type Environment, read, readChoice, readInteger, readList } from './environment.ts';
import { type DocumentLimits, type LimitsConfig, readDocumentLimits, readLimits } from './limits.ts';
import { readTrustedDocuments, type TrustedDocuments } from './trusted-documents.ts';

/** Where the accounts live. */
export type DatabaseConfig =
  | { readonly kind: 'embedded'; readonly dataDir: string }
  | { readonly kind: 'postgresql'; readonly url: string };

/** How the REST paths answer where the documentation and the running panel differ. */
export type RestDialect = 'documented' | 'panel';

/** What the GraphQL endpoint runs and tells. */
export type GraphqlConfig = {
  /** Whether the schema may be asked for, and errors suggest names of it. */
  readonly isIntrospectionOn: boolean;
  /** The only documents that are run; unset: any. */
  readonly documents: TrustedDocuments | undefined;
};

/** How long a session opens anything: since it was last used, and since it began. */
export type SessionLifetime = { readonly idleSeconds: number; readonly absoluteSeconds: number };

/** Everything the gateway is told by its environment, parsed and checked once. */
export type Config = {
  readonly port: number;
  readonly host: string;
  readonly database: DatabaseConfig;
  /** 32 bytes; on the embedded database it may be left out and is then made in the data folder. */
  readonly appKey: Uint8Array | undefined;
  readonly appPreviousKeys: readonly Uint8Array[];
  readonly appName: string;
  readonly appUrl: URL;
  /** Whether an address is a proxy whose X-Forwarded-For is believed. */
  readonly isTrustedProxy: (address: string) => boolean;
  /** Origins that browsers may call from, with credentials. */
  readonly corsOrigins: readonly string[];
  readonly restDialect: RestDialect;
  readonly logLevel: LogLevel;
  /** Where Prometheus asks; unset: nowhere. */
  readonly metricsPort: number | undefined;
  readonly limits: LimitsConfig;
  readonly documentLimits: DocumentLimits;
  readonly graphql: GraphqlConfig;
  readonly sessionLifetime: SessionLifetime;
  /** Where limits are shared by several instances; unset: each counts for itself. */
  readonly redisUrl: string | undefined;
};

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * Reads the configuration from the environment. An empty variable counts as unset.
 * @throws ConfigError for the first variable that makes no sense.
 */
export function readConfig(env: Environment = process.env): Config {
  const port = readInteger(env, 'PORT', 4000, 0, 65_535);
  const database = readDatabase(env);
  return {
    port,
    host: readHost(env),
    database,
    appKey: readAppKey(env, database),
    appPreviousKeys: readList(env, 'APP_PREVIOUS_KEYS').map((key) => parseAppKey('APP_PREVIOUS_KEYS', key)),
    appName: readAppName(env),
    appUrl: readAppUrl(env, port),
    isTrustedProxy: readTrustedProxies(env),
    corsOrigins: readList(env, 'CORS_ORIGINS').map(checkOrigin),
    restDialect: readChoice(env, 'REST_DIALECT', ['documented', 'panel'], 'documented'),
    logLevel: readChoice(env, 'LOG_LEVEL', logLevels, 'info'),
    sessionLifetime: {
      idleSeconds: readInteger(env, 'SESSION_IDLE_HOURS', 12, 1, 8760) * 3600,
      absoluteSeconds: readInteger(env, 'SESSION_DAYS', 14, 1, 365) * 86_400,
    },
    redisUrl: readRedisUrl(env),
    metricsPort: read(env, 'METRICS_PORT') === undefined ? undefined : readInteger(env, 'METRICS_PORT', 0, 0, 65_535),
    documentLimits: readDocumentLimits(env),
    graphql: {
      isIntrospectionOn: readChoice(env, 'GRAPHQL_INTROSPECTION', ['on', 'off'], 'on') === 'on',
      documents: readTrustedDocuments(env, 'GRAPHQL_DOCUMENTS'),
    },
    limits: readLimits(env),
  };
}

function readHost(env: Environment): string {
  const host = read(env, 'HOST') ?? '127.0.0.1';
  if (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) {
    throw new ConfigError('HOST', `must be an address or a host name, not ${JSON.stringify(host)}`);
  }
  return host;
}

function readDatabase(env: Environment): DatabaseConfig {
  const url = read(env, 'DATABASE_URL');
  if (url === undefined) return { kind: 'embedded', dataDir: resolve(read(env, 'DATA_DIR') ?? 'data') };
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new ConfigError('DATABASE_URL', 'must be a postgresql:// URL');
  }
  return { kind: 'postgresql', url };
}

function readRedisUrl(env: Environment): string | undefined {
  const url = read(env, 'REDIS_URL');
  if (url !== undefined && !/^rediss?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new ConfigError('REDIS_URL', 'must be a redis:// or rediss:// URL');
  return url;
}

function readAppKey(env: Environment, database: DatabaseConfig): Uint8Array | undefined {
  const key = read(env, 'APP_KEY');
  if (key !== undefined) return parseAppKey('APP_KEY', key);
  if (database.kind === 'embedded') return undefined;
  throw new ConfigError('APP_KEY', 'is required with DATABASE_URL: make one with  echo "base64:$(openssl rand -base64 32)"');
}

/**
 * Reads the form of APP_KEY: `base64:` and 32 bytes.
 * @param source what the message names: a variable, or a file.
 */
export function parseAppKey(source: string, text: string): Uint8Array {
  // Node's decoder skips what is not base64: a key with a slip in it would be taken for another key.
  if (!/^base64:[A-Za-z0-9+/]{43}=?$/.test(text)) throw new ConfigError(source, 'must be "base64:" followed by 32 bytes in base64');
  return Buffer.from(text.slice('base64:'.length), 'base64');
}

function readAppName(env: Environment): string {
  const name = read(env, 'APP_NAME') ?? 'Account Gateway';
  // The name is the issuer in an otpauth URI, where a colon would end it.
  if (name.includes(':') || name.length > 64) throw new ConfigError('APP_NAME', 'must be at most 64 characters, without a colon');
  return name;
}

function readAppUrl(env: Environment, port: number): URL {
  const text = read(env, 'APP_URL') ?? `http://127.0.0.1:${port}`;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new ConfigError('APP_URL', `must be an http:// or https:// URL, not ${JSON.stringify(text)}`);
  return url;
}

function checkOrigin(text: string): string {
  const url = URL.parse(text);
  if (!url || url.origin !== text) {
    throw new ConfigError(
      'CORS_ORIGINS',
      `must be a comma list of origins such as https://panel.example.com; ${JSON.stringify(text)} is not one`,
    );
  }
  return text;
}

function readTrustedProxies(env: Environment): (address: string) => boolean {
  const trusted = new BlockList();
  for (const entry of readList(env, 'TRUSTED_PROXIES')) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) || length > bits) {
      throw new ConfigError('TRUSTED_PROXIES', `must be a comma list of addresses and CIDR ranges; ${JSON.stringify(entry)} is neither`);
    }
    trusted.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => isIP(address) !== 0 && trusted.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
