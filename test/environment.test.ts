import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { ConfigError, environment } from '../src/config/environment.ts';
import { findMisspelled } from '../src/config/misspelled.ts';
import { explainError } from '../src/server/explain.ts';
import { afterwards } from './afterwards.ts';
import { printSeconds } from './cost.ts';
import { makeFolder } from './folders.ts';
import { createEmptyDatabase, createKey, failToStart, startServer } from './processes.ts';
import { explainStart } from './start-here.ts';

const key = createKey();
const postgresql = { DATABASE_URL: 'postgresql://u:sekret@127.0.0.1:1/x', APP_KEY: key };

/** Invalid environments, each with the variable that the reason must name. */
const invalid: [name: string, env: Record<string, string>][] = [
  ...['http', '65536', '-1', '1.5', '0x10', '4000 4001'].map((PORT): [string, Record<string, string>] => ['PORT', { PORT }]),
  ['HOST', { HOST: 'http://here' }],
  ['HOST', { HOST: 'two words' }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://u:sekret@127.0.0.1/x', APP_KEY: key }],
  ['DATABASE_URL', { DATABASE_URL: 'u:sekret@127.0.0.1', APP_KEY: key }],
  ['DATABASE_URL', { DATABASE_URL: 'postgresql://u:sekret@ho st/x', APP_KEY: key }],
  ['APP_KEY', { DATABASE_URL: 'postgresql://u:sekret@127.0.0.1/x' }],
  ['APP_KEY', { DATABASE_URL: 'postgresql://u:sekret@127.0.0.1/x', APP_KEY: '  ' }],
  ['APP_KEY', { APP_KEY: 'sekret' }],
  ['APP_KEY', { APP_KEY: 'base64:c2VrcmV0' }],
  ['APP_KEY', { APP_KEY: key.replace('base64:', '') }],
  ['APP_KEY', { APP_KEY: `${key}sekret` }],
  ['APP_PREVIOUS_KEYS', { APP_KEY: key, APP_PREVIOUS_KEYS: `${key},sekret` }],
  ['APP_NAME', { APP_NAME: 'a:b' }],
  ['APP_URL', { APP_URL: 'example.com' }],
  ...['ftp://example.com', 'https://u:sekret@example.com', 'https://example.com/?a=b', 'https://example.com/#a'].map(
    (APP_URL): [string, Record<string, string>] => ['APP_URL', { APP_URL }],
  ),
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/33' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '**' }],
  ['FORWARDED_HEADER', { FORWARDED_HEADER: 'via' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '127.0.0.1,all' }],
  ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/8/8' }],
  ['PASSWORD_SCORE_MIN', { PASSWORD_SCORE_MIN: '5' }],
  ['REST_DIALECT', { REST_DIALECT: 'Panel' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ['LIMIT_API_KEYS', { LIMIT_API_KEYS: 'none' }],
  ['LIMIT_SSH_KEYS', { LIMIT_SSH_KEYS: '-1' }],
  ['LIMIT_EMAIL_CHANGES_PER_DAY', { LIMIT_EMAIL_CHANGES_PER_DAY: '3 a day' }],
  ...['https://a.example/', 'a.example', '*', 'https://a.example,b', 'https://*.example.com', 'https://a.example,http://*'].map(
    (CORS_ORIGINS): [string, Record<string, string>] => ['CORS_ORIGINS', { CORS_ORIGINS }],
  ),
  ['REDIS_URL', { REDIS_URL: 'http://127.0.0.1:6379' }],
  ['METRICS_PORT', { METRICS_PORT: 'on' }],
  ['SESSION_IDLE_HOURS', { SESSION_IDLE_HOURS: '0' }],
  ['SESSION_DAYS', { SESSION_DAYS: 'two weeks' }],
  ['LIMIT_SIGN_INS_PER_MINUTE', { LIMIT_SIGN_INS_PER_MINUTE: '1e3' }],
  ['LIMIT_UNKNOWN_KEYS_PER_MINUTE', { LIMIT_UNKNOWN_KEYS_PER_MINUTE: '-5' }],
  ['LIMIT_WRONG_SECRETS_PER_15_MINUTES', { LIMIT_WRONG_SECRETS_PER_15_MINUTES: 'ten' }],
  ['LIMIT_REQUESTS_PER_MINUTE', { LIMIT_REQUESTS_PER_MINUTE: 'Infinity' }],
  ...[
    'DOCUMENT_CHARACTERS',
    'DOCUMENT_NAME_LENGTH',
    'DOCUMENT_INTROSPECTIONS',
    'DOCUMENT_COST',
    'DOCUMENT_SECRETS',
    'BATCH_SIZE',
    'PAGE_SIZE',
    'SUBSCRIPTIONS',
  ].map((name): [string, Record<string, string>] => [`LIMIT_${name}`, { [`LIMIT_${name}`]: 'some' }]),
  ['GRAPHQL_INTROSPECTION', { GRAPHQL_INTROSPECTION: 'false' }],
  ['GRAPHQL_DOCUMENTS', { GRAPHQL_DOCUMENTS: '/nowhere/documents.json' }],
];

test.each(invalid)('an invalid %s is refused by name, and no secret is repeated: %j', (name, env) => {
  const reason = reasonAgainst({ DATA_DIR: '/nowhere', ...env });
  expect(reason).toMatch(new RegExp(`^${name} `));
  expect(reason).not.toContain('sekret');
});

describe('a variable that is kept in a file', () => {
  const folder = makeFolder('gateway-values-');
  afterwards(() => rmSync(folder, { recursive: true }));
  const keep = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test('is read without the blanks around it', () => {
    const previous = createKey();
    const config = readConfig({
      APP_KEY_FILE: keep('key', `${key}\n`),
      APP_PREVIOUS_KEYS_FILE: keep('previous', `\n ${previous},\n${key} \n`),
      DATABASE_URL_FILE: keep('database', `${postgresql.DATABASE_URL}\r\n`),
      REDIS_URL_FILE: ` ${keep('redis', 'redis://127.0.0.1:1')} `,
    });
    const plain = { ...postgresql, APP_PREVIOUS_KEYS: `${previous},${key}`, REDIS_URL: 'redis://127.0.0.1:1' };
    expect(JSON.stringify(config)).toBe(JSON.stringify(readConfig(plain)));
    expect(config.appKey).toEqual(readConfig(plain).appKey);
    expect(config.appPreviousKeys).toHaveLength(2);
  });

  const files = Object.keys(environment.shape).filter((name) => name.endsWith('_FILE'));

  test.each(files)('%s is refused where its file is not there, is empty, or gives what is set too', (variable) => {
    const name = variable.replace(/_FILE$/, '');
    expect(files).toHaveLength(4);
    expect(reasonAgainst({ [variable]: '/nowhere/secret' })).toBe(
      `${variable} names a file that cannot be read: /nowhere/secret (it does not exist)`,
    );
    expect(reasonAgainst({ [variable]: folder })).toBe(`${variable} names a file that cannot be read: ${folder} (it is a folder)`);
    const empty = keep('empty', ' \n');
    expect(reasonAgainst({ [variable]: empty })).toBe(`${variable} names a file that is empty: ${empty}`);
    expect(reasonAgainst({ [variable]: empty, [name]: 'sekret' })).toBe(`${variable} and ${name} are both set: unset one of them`);
  });

  test.each(files)('%s repeats nothing of a file that is not valid', (variable) => {
    const reason = reasonAgainst({ [variable]: keep('wrong', 'sekret') });
    expect(reason).toMatch(new RegExp(`^${variable.replace(/_FILE$/, '')} must be `));
    expect(reason).not.toContain('sekret');
  });
});

describe('a variable that is not ours', () => {
  test.each([
    ['LIMT_API_KEYS', 'LIMIT_API_KEYS'],
    ['LIMT_API_KEY', 'LIMIT_API_KEYS'],
    ['LIMIT_APIKEYS', 'LIMIT_API_KEYS'],
    ['LIMIT_API_KEY', 'LIMIT_API_KEYS'],
    ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
    ['TRUSTD_PROXY', 'TRUSTED_PROXIES'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['APP_PREVIOUS_KEY', 'APP_PREVIOUS_KEYS'],
    ['APP_KYE', 'APP_KEY'],
    ['AP_KY', 'APP_KEY'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['DATABASE_URL_FIEL', 'DATABASE_URL_FILE'],
    ['REDIS_ULR', 'REDIS_URL'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['METRIC_PORT', 'METRICS_PORT'],
    ['LIMIT_SIGNINS_PER_MINUTE', 'LIMIT_SIGN_INS_PER_MINUTE'],
    ['LIMIT_SIGN_IN_PER_MINUTES', 'LIMIT_SIGN_INS_PER_MINUTE'],
  ])('is refused as a misspelled one within two letters of it: %s', (name, meant) => {
    expect(reasonAgainst({ [name]: 'sekret' })).toBe(`${name} is no variable of the gateway: did you mean ${meant}?`);
    expect(reasonAgainst({ [name]: ' ' })).toBe('accepted');
  });

  test('is accepted where it is that of another program', () => {
    const others: Record<string, string> = {
      ...Object.fromEntries(
        ['HOSTNAME', 'HOSTS', 'POST', 'PORTS', 'HOME', 'PATH', 'PWD', 'LANG', 'LC_ALL', 'TZ', 'NODE_OPTIONS', 'NODE_PATH'].map((name) => [
          name,
          'x',
        ]),
      ),
      ...Object.fromEntries(
        ['APP_ENV', 'APP_DEBUG', 'APP_HOME', 'APP_UID', 'APP_GID', 'APP_USER', 'APP_BASE', 'APP_PORT', 'APP_ID'].map((name) => [name, 'x']),
      ),
      ...Object.fromEntries(
        ['REDIS_HOST', 'REDIS_PASSWORD', 'DATABASE_HOST', 'DATABASE_USER', 'LOG_DIR', 'LOG_FILE', 'PG_DATA', 'XDG_DATA_DIRS'].map(
          (name) => [name, 'x'],
        ),
      ),
      REDIS_PORT: 'tcp://172.17.0.2:6379',
      REDIS_PORT_6379_TCP: 'tcp://172.17.0.2:6379',
      METRIC_PORT: 'tcp://172.17.0.3:9090',
      REDIS_SERVICE_HOST: '10.0.0.1',
    };
    expect(reasonAgainst(others)).toBe('accepted');
    // No variable of the machine on which the tests run is taken for a misspelled one.
    expect(findMisspelled(process.env, Object.keys(environment.shape))).toEqual([]);
  });
});

/** Why an environment is refused. */
function reasonAgainst(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

test('an empty variable counts as unset', () => {
  const names = Object.keys(environment.shape);
  const [unset, empty, blank] = [undefined, '', ' \t'].map((value) => readConfig(Object.fromEntries(names.map((name) => [name, value]))));
  expect(names.length).toBeGreaterThan(30);
  for (const config of [empty, blank]) expect(JSON.stringify(config)).toBe(JSON.stringify(unset));
  expect(unset).toMatchObject({ port: 4000, host: '127.0.0.1', database: { kind: 'embedded' }, appName: 'Account Gateway' });
});

test('a start warns of what is valid and does not work', async () => {
  const env = { DATABASE_URL: await createEmptyDatabase(), APP_KEY: key, CORS_ORIGINS: 'http://localhost:5173', TRUSTED_PROXIES: '::/0' };
  const server = await startServer(env);
  const warnings = server.lines().flatMap(({ level, msg }) => (level === 40 ? [msg] : []));
  await server.stop();
  expect(warnings).toEqual([
    expect.stringMatching(/^CORS_ORIGINS: pages of http:\/\/localhost:5173 /),
    expect.stringMatching(/^TRUSTED_PROXIES: ::\/0 /),
  ]);
});

describe('a start that fails', () => {
  const reasons: [what: string, env: Record<string, string>, line: RegExp][] = [
    ['an invalid variable', { PORT: 'http' }, /^PORT must be a whole number from 0 to 65535, not "http"$/],
    ['a missing key', { DATABASE_URL: postgresql.DATABASE_URL }, /^APP_KEY is required with DATABASE_URL: [^\n]+$/],
    ['an address of another machine', { HOST: '192.0.2.1', DATA_DIR: '/nowhere' }, /^HOST 192\.0\.2\.1 is not an address of this machine$/],
    [
      'a host that has no address',
      { HOST: 'nowhere.invalid' },
      /^HOST nowhere\.invalid (?:is not an address of this machine|cannot be looked up: .+)$/,
    ],
    [
      'a data folder that cannot be created',
      { DATA_DIR: 'package.json/data' },
      /^\/[^\n]*package\.json\/data(?:\/postgresql)? cannot be used: a part of its path is a file$/,
    ],
    ['a database that is not running', postgresql, /^the database cannot be reached: no answer from 127\.0\.0\.1:1$/],
    [
      'a database whose host has no address',
      { ...postgresql, DATABASE_URL: 'postgresql://u:sekret@nowhere.invalid/x' },
      /^the database cannot be reached: [^\n]*nowhere\.invalid[^\n]*$/,
    ],
  ];

  test.each(reasons)('is explained in one line: %s', async (what, env, line) => {
    const from = performance.now();
    const reason = await explainStart(env);
    expect(reason).toMatch(line);
    expect(reason).not.toContain('sekret');
    printSeconds(`ends for ${what}`, from);
  });

  test.runIf(existsSync('/dev/full'))('names the full disk', () => {
    const write = () => {
      try {
        writeFileSync('/dev/full', 'x');
      } catch (error) {
        return explainError(error);
      }
      return 'written';
    };
    expect(write()).toBe('a file cannot be used: the disk is full');
  });

  test('is explained where what was thrown is no error', () => {
    expect(
      explainError({ kind: 'postgres', originalCode: '53100', originalMessage: 'could not extend file: No space left on device' }),
    ).toBe('the database failed: could not extend file: No space left on device');
    expect(explainError({ reason: 'something else' })).toBe('something else');
  });

  test('names the missing database', async () => {
    const url = new URL(await createEmptyDatabase());
    url.pathname = '/no_such_database';
    const reason = await explainStart({ DATABASE_URL: url.href, APP_KEY: key });
    expect(reason).toBe('the database cannot be reached: database "no_such_database" does not exist');
  });

  test.each([
    ['an invalid variable', { PORT: 'http' }],
    ['a database that is not running', postgresql],
  ])('ends with exit code 1 and this line alone: %s', async (_what, env) => {
    const { code, stdout, stderr } = await failToStart(env);
    expect([code, stdout, stderr]).toEqual([1, '', `account-gateway: ${await explainStart(env)}\n`]);
  });
});
