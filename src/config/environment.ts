import { isIP } from 'node:net';
import { z } from 'zod';
import { findMisspelled } from './misspelled.ts';

/** A variable is not valid. The message names the variable and never repeats a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(variable: string, reason: string) {
    super(`${variable} ${reason}`);
  }
}

/** A master key: 32 bytes. The pattern is exact because Node's decoder skips what is not base64. */
export const masterKey = z
  .string()
  .regex(/^base64:[A-Za-z0-9+/]{43}=?$/, 'must be "base64:" followed by 32 bytes in base64')
  .transform((text): Uint8Array => Buffer.from(text.slice('base64:'.length), 'base64'));

/** Every variable that the gateway reads: its type, its default and, for the table in README.md, its meaning. */
export const environment = z.object({
  PORT: integer(0, 65_535).default(4000).describe('Port of the HTTP listener'),
  HOST: text(isHost, 'must be an address or a host name').default('127.0.0.1').describe('Address of the HTTP listener'),
  DATABASE_URL: url('postgres', 'postgresql').describe('`postgresql://…`. Unset: the embedded database in `DATA_DIR`'),
  DATABASE_URL_FILE: fileOf('DATABASE_URL'),
  DATA_DIR: z
    .string()
    .default('./data')
    .describe('Folder of the embedded database, of its generated key and, in production, of the first password; mode 0700, as root 0711'),
  DATABASE_CONNECTIONS_MAX: integer(2, 1_000).default(20).describe('Connections to the database, per instance. One more watches it'),
  REDIS_URL: url('redis', 'rediss').describe(
    '`redis://…`: instances share their rate limits in Redis. Unset, or while Redis is unavailable, refuses writes or takes longer than 250 ms: each instance counts alone',
  ),
  REDIS_URL_FILE: fileOf('REDIS_URL'),
  APP_KEY: masterKey
    .optional()
    .describe(
      '`base64:` and 32 bytes in base64: encrypts secrets in the database. Required with `DATABASE_URL`, otherwise generated in `DATA_DIR`',
    ),
  APP_KEY_FILE: fileOf('APP_KEY'),
  APP_PREVIOUS_KEYS: list(masterKey).describe('Comma-separated list of earlier keys. They still decrypt'),
  APP_PREVIOUS_KEYS_FILE: fileOf('APP_PREVIOUS_KEYS'),
  // The name is the issuer in an otpauth URI, where a colon would end it.
  APP_NAME: text((name) => !name.includes(':') && name.length <= 64, 'must have at most 64 characters and no colon')
    .default('Account Gateway')
    .describe('Name that authenticator apps show'),
  APP_URL: z
    .string()
    .refine(isBaseUrl, 'must be an http:// or https:// URL without user, query and fragment')
    .optional()
    .describe(
      'URL at which browsers reach the gateway. With https the session cookie is `Secure` and has the prefix `__Host-`. Unset: http://127.0.0.1 with `PORT`',
    ),
  PASSWORD_SCORE_MIN: integer(0, 4).default(3).describe('Lowest score of zxcvbn, 0 to 4, that a new password may have'),
  TRUSTED_PROXIES: list(
    text((range) => range === '*' || isRange(range), 'must be * or a comma-separated list of addresses and CIDR ranges'),
  ).describe(
    'Comma-separated list of addresses and CIDR ranges of proxies. `FORWARDED_HEADER` is read from right to left, up to the first address outside of the list. `*`: the directly connected peer',
  ),
  FORWARDED_HEADER: choice('x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip').describe(
    'Header in which proxies name the client: `x-forwarded-for`, `forwarded` (RFC 7239), `x-real-ip` or `cf-connecting-ip`',
  ),
  CORS_ORIGINS: list(
    text(
      (origin) => URL.parse(origin)?.origin === origin && !origin.includes('*'),
      'must be a comma-separated list of origins such as https://panel.example.com',
    ),
  ).describe(
    'Comma-separated list of exact origins. Their pages may send requests with credentials. One of another site requires https in `APP_URL`',
  ),
  REQUEST_TIMEOUT_SECONDS: integer(1, 300)
    .default(15)
    .describe(
      'Seconds after which a request is answered with 503 and its statement ends, event streams apart. A statement ends after 15 at most',
    ),
  SHUTDOWN_DELAY_SECONDS: integer(0, 300)
    .default(0)
    .describe('Seconds after SIGTERM in which requests are still accepted, while `/health/ready` answers 503'),
  SESSION_IDLE_HOURS: integer(1, 8760).default(12).describe('Hours from the last use of a session to its end'),
  SESSION_DAYS: integer(1, 365).default(14).describe('Days from the start of a session to its end'),
  REST_DIALECT: choice('documented', 'panel').describe('`documented` or `panel`: the form of REST answers where the two differ'),
  GRAPHQL_INTROSPECTION: choice('on', 'off').describe('`off`: introspection is refused, and errors suggest no names'),
  GRAPHQL_DOCUMENTS: z.string().optional().describe('JSON file of trusted documents. No other document is executed'),
  MIGRATE_ON_START: choice('on', 'off').describe('`off`: a start applies no migrations, and refuses a database that lacks some'),
  NODE_ENV: z
    .string()
    .optional()
    .describe('`production`: the first password and API key are written into a file in `DATA_DIR`, and not to stdout'),
  LOG_LEVEL: choice('info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent').describe(
    'Lowest level of the JSON lines on stdout: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
  ),
  METRICS_PORT: integer(0, 65_535).optional().describe('Port of a separate listener for Prometheus metrics at `/metrics`'),
  METRICS_HOST: text(isHost, 'must be an address or a host name').default('127.0.0.1').describe('Address of that listener'),
  LIMIT_REQUESTS_PER_MINUTE: limit(720).describe('Requests, per account; what comes without a good credential, per address (IPv6: /64)'),
  LIMIT_WRONG_SECRETS_PER_15_MINUTES: limit(10).describe(
    'Wrong passwords, codes and recovery tokens, per source: at sign-in the login with the browser, if it signed in to the account before, else with the network; for a change the session, or the family of the API key',
  ),
  LIMIT_WRONG_SECRETS_PER_DAY: limit(100).describe(
    'The same in a day: per browser, session and family, and per account for all networks together, half of it for each of its two logins',
  ),
  LIMIT_SIGN_INS_PER_MINUTE: limit(30).describe('Sign-ins, per address (IPv6: /64)'),
  LIMIT_UNKNOWN_KEYS_PER_MINUTE: limit(60).describe('Unknown API keys, per address (IPv6: /64)'),
  LIMIT_EMAIL_CHANGES_PER_DAY: limit(3).describe(
    'E-mail changes in 24 hours, per account, and as many of the username. A value of another account counts, a change of case alone does not',
  ),
  LIMIT_API_KEYS: limit(25).describe('API keys, per account'),
  LIMIT_SSH_KEYS: limit(100).describe('SSH keys, per account'),
  LIMIT_SESSIONS: limit(50).describe('Open sessions, per account. A sign-in ends the least recently used beyond them'),
  LIMIT_SUBSCRIPTIONS: limit(10).describe('Open subscriptions, per account and process'),
  LIMIT_PAGE_SIZE: limit(100).describe('Items on one page of a list'),
  LIMIT_BATCH_SIZE: limit(10).describe('Operations, per GraphQL request'),
  LIMIT_DOCUMENT_CHARACTERS: limit(50_000).describe('Characters, per GraphQL document, comments included'),
  LIMIT_DOCUMENT_NAME_LENGTH: limit(100).describe('Characters of an alias, a variable or the name of an operation'),
  LIMIT_DOCUMENT_TOKENS: limit(2_000).describe('Tokens, per GraphQL document'),
  LIMIT_DOCUMENT_DEPTH: limit(15).describe('Levels of nested fields, per GraphQL document'),
  LIMIT_DOCUMENT_ALIASES: limit(60).describe('Aliases, per GraphQL document'),
  LIMIT_DOCUMENT_DIRECTIVES: limit(50).describe('Directives, per GraphQL document'),
  LIMIT_DOCUMENT_COST: limit(20_000).describe('Cost, per GraphQL request: about one for each value of its answer'),
  LIMIT_DOCUMENT_CHANGES: limit(5).describe('Changes, per HTTP request to `/graphql`, a batch included. Each counts as one request'),
  LIMIT_DOCUMENT_SECRETS: limit(1).describe('Fields that check a password, a code or a recovery token, per GraphQL request'),
  LIMIT_DOCUMENT_INTROSPECTIONS: limit(1).describe('`__schema` fields, per GraphQL request'),
});

/**
 * Reads the variables without the blanks around them. An empty one counts as unset.
 * @throws ConfigError for the first that is not valid, or that seems to be a misspelled one.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): z.infer<typeof environment> {
  const [misspelled] = findMisspelled(env, Object.keys(environment.shape));
  if (misspelled) throw new ConfigError(misspelled.name, `is no variable of the gateway: did you mean ${misspelled.meant}?`);
  const given = Object.keys(environment.shape).map((name) => [name, env[name]?.trim() || undefined]);
  const { data, error } = environment.safeParse(Object.fromEntries(given));
  if (!error) return data;
  const [issue] = error.issues;
  throw new ConfigError(String(issue?.path[0]), String(issue?.message));
}

/** The variable that names the file of another. */
function fileOf(name: string) {
  return z.string().optional().describe(`File that holds \`${name}\`, instead of the variable`);
}

/** Text that passes a check. The reason is followed by the text, so a secret must not be read with this. */
function text(isRight: (text: string) => boolean, reason: string) {
  return z.string().refine(isRight, { error: ({ input }) => `${reason}, not ${JSON.stringify(input)}` });
}

function url(...protocols: string[]) {
  const reason = `must be a ${protocols.map((protocol) => `${protocol}://`).join(' or ')} URL`;
  return z
    .string()
    .refine((url) => hasProtocol(url, protocols), reason)
    .optional();
}

/** A comma-separated list. Empty items are skipped. */
function list<Item extends z.ZodType<unknown, string>>(item: Item) {
  const split = (text: string) => text.split(/\s*,\s*/).filter(Boolean);
  return z.string().transform(split).pipe(z.array(item)).default([]);
}

/** A whole number. */
function integer(least: number, most: number) {
  const isWithin = (text: string) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
  return text(isWithin, `must be a whole number from ${least} to ${most}`).transform(Number);
}

function limit(fallback: number) {
  return integer(0, 1_000_000).default(fallback);
}

/** One of several words, of which the first is the default. */
function choice<const Word extends string>(fallback: Word, ...others: Word[]) {
  const error = ({ input }: { input?: unknown }) => `must be one of ${[fallback, ...others].join(', ')}, not ${JSON.stringify(input)}`;
  return z.enum([fallback, ...others], { error }).default(fallback);
}

function hasProtocol(url: string, protocols: readonly string[]): boolean {
  return protocols.some((protocol) => URL.parse(url)?.protocol === `${protocol}:`);
}

/** Whether paths can be appended to a URL: it is an origin, and a path where a proxy serves the gateway below one. */
function isBaseUrl(url: string): boolean {
  return hasProtocol(url, ['http', 'https']) && !/[?#@]/.test(url);
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text);
}

function isRange(entry: string): boolean {
  const [address = '', prefix = '0', ...rest] = entry.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}
