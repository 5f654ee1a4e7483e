import { beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../src/db/database.ts';
import { buildSchema, printSdl } from '../src/graphql/schema/schema.ts';
import { runHere } from './commands.ts';
import { ask, createEmptyDatabase, createKey, createStore, isOwnPostgresql, runCli, startServer } from './processes.ts';
import { startHere } from './start-here.ts';

/** What no activity of an account shows is a line of the log. */
const creationLine = /^\{"level":30,"time":\d+,"event":"account\.created","by":"operator",[^\n]*\}\n/;

test('a process does not compile again what an earlier one has compiled', async () => {
  const env = { NODE_COMPILE_CACHE: '', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
  await runCli(['schema'], env);
  const { stderr } = await runCli(['schema'], env);
  expect(stderr).toMatch(/retrieving transpile cache for StrippedTypeScript \S+\/src\/cli\/program\.ts\.\.\.success/);
  expect(stderr).toMatch(/V8 code cache for ESM \S+\/src\/cli\/program\.ts was accepted/);
});

describe('the command line, on a PostgreSQL server', () => {
  let env: { DATABASE_URL: string; APP_KEY: string };
  const cli = (words: string, stdin: string | Buffer = '') => runHere(words.split(' '), env, stdin);
  const json = async (words: string, stdin = '') => {
    const { code, stdout, stderr } = await cli(`${words} --json`, stdin);
    expect([code, stderr.replace(creationLine, '')]).toEqual([0, '']);
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    env = { DATABASE_URL: await createEmptyDatabase(), APP_KEY: createKey() };
  });

  test('migrates an empty database, once', async () => {
    expect((await json('migrate')).appliedMigrations).toContain('20261123000000_accounts');
    expect(await json('migrate')).toEqual({ appliedMigrations: [] });
    expect((await cli('migrate')).stdout).toBe('The database is up to date.\n');
  });

  test('logs the creation of an account by the operator', async () => {
    const { stderr } = await cli('account create --username Grace --email grace@example.com');
    expect(stderr).toMatch(creationLine);
    expect(JSON.parse(stderr)).toMatchObject({ accountId: expect.any(Number), username: 'grace' });
    expect((await cli('account delete --username grace --yes')).stderr).toContain('"event":"account.deleted"');
  });

  test('creates accounts, and keys that are accepted', async () => {
    const ada = await json('account create --username Ada --email ada@example.com --first-name Ada --language de --admin');
    expect(ada).toMatchObject({ username: 'ada', email: 'ada@example.com', firstName: 'Ada', lastName: null, language: 'de', admin: true });
    expect(ada.password).toHaveLength(24);
    const bob = await json('account create --username bob --email bob@example.com --password-stdin', 'pass word ü \n');
    expect(bob).not.toHaveProperty('password');
    const key = await json('api-key create --username ada --description deploy');
    expect(Object.keys(key)).toEqual(['identifier', 'token']);
    const bobKey = await json('api-key create --username bob --description x --allowed-ip 127.0.0.1 --allowed-ip ::1');
    const elsewhere = await json('api-key create --username bob --description x --allowed-ip 10.0.0.0/8');
    expect((await json('account list')).map(({ username, apiKeys }: Record<string, unknown>) => [username, apiKeys])).toEqual([
      ['ada', 1],
      ['bob', 2],
    ]);
    const server = await startHere(env);
    expect(server.first()).toBeNull();
    expect((await ask(server.origin, key.token, 'GET', '/account')).body.attributes.username).toBe('ada');
    expect((await ask(server.origin, elsewhere.token, 'GET', '/account')).status).toBe(403);
    // One newline ends the line. The blank before it is part of the password.
    const change = { email: 'bob2@example.com', password: 'pass word ü ' };
    expect((await ask(server.origin, bobKey.token, 'PUT', '/account/email', change)).status).toBe(204);
  });

  test('lists any number of accounts, in pages', async () => {
    const { db } = connect(env.DATABASE_URL, () => undefined);
    await db.$executeRaw`INSERT INTO accounts (uuid, username, username_folded, email, email_folded, password_hash, created_at)
      SELECT gen_random_uuid(), name, name, name || '@example.com', name || '@example.com', 'x', now()
      FROM generate_series(1, 2500) n, concat('many', n) name`;
    const listed = await json('account list');
    const names = listed.map(({ username }: { username: string }) => username);
    expect([names.length, new Set(names).size, names.slice(-2)]).toEqual([2502, 2502, ['many2499', 'many2500']]);
    const lines = (await cli('account list')).stdout.trimEnd().split('\n');
    expect([lines.length, lines[2502]]).toEqual([2503, expect.stringMatching(/^many2500 +many2500@example\.com +.* 0 +0$/)]);
    await db.$executeRaw`DELETE FROM accounts WHERE username LIKE 'many%'`;
    await db.$disconnect();
  });

  test('unlocks an account', async () => {
    const { db } = connect(env.DATABASE_URL, () => undefined);
    expect(await json('account unlock --username Ada')).toEqual({ username: 'Ada', unlocked: true });
    expect((await cli('account unlock --username ada')).stdout).toBe('Unlocked ada.\n');
    expect((await cli('account unlock --username unknown')).stderr).toBe('username: No account has this username.\n');
    const { guessGeneration } = await db.account.findUniqueOrThrow({ where: { usernameFolded: 'ada' } });
    expect(guessGeneration).toBe(2);
    await db.$disconnect();
  });

  test('prints text without --json', async () => {
    expect((await cli('account list')).stdout).toMatch(/^username +email +created .*\nada +ada@example\.com /);
    expect((await cli('account sign-out --username ada')).stdout).toBe('Ended sessions of ada: 0.\n');
    expect((await cli('api-key create --username ada --description y')).stdout).toMatch(
      /^identifier {2}ptlc_\w{11}\ntoken {7}ptlc_\w{43}\n$/,
    );
    const { stdout } = await cli('account create --username cleo --email cleo@example.com');
    expect(stdout).toMatch(/^Created the account cleo\. Its password, shown once: \w{24}\n$/);
  });

  test('refuses with exit code 1, the reason on stderr, and nothing on stdout', async () => {
    const refused = async (words: string, stdin: string | Buffer = '') => {
      const { code, stdout, stderr } = await cli(words, stdin);
      expect([code, stdout]).toEqual([1, '']);
      return stderr.trimEnd().split('\n');
    };
    const create = 'account create --json --username';
    expect(await refused(`${create} a..b! --email nowhere`)).toEqual([
      expect.stringMatching(/^username: \S/),
      expect.stringMatching(/^email: \S/),
    ]);
    expect(await refused(`${create} ADA --email other@example.com`)).toEqual([expect.stringMatching(/^username: /)]);
    expect(await refused(`${create} dora --email ADA@example.com`)).toEqual([expect.stringMatching(/^email: /)]);
    expect(await refused(`${create} dora --email d@example.com --password-stdin`, 'short\n')).toEqual([
      expect.stringMatching(/^password: /),
    ]);
    expect(await refused(`${create} dora --email d@example.com --password-stdin`, 'doradora\n')).toEqual([
      'password: A repeated group of characters is easy to guess. Use more words, and rarer ones. Use no word or character twice.',
    ]);
    expect(await refused(`${create} dora --email d@example.com --password-stdin`, '')).toEqual([expect.stringMatching(/^password: /)]);
    expect(await refused(`${create} dora --email d@example.com --password-stdin`, 'two lines\nof words\n')).toEqual([
      'the password on stdin must be one line',
    ]);
    expect(await refused(`${create} dora --email d@example.com --password-stdin`, Buffer.from('h\xe9 not utf-8', 'latin1'))).toEqual([
      'the password on stdin must be UTF-8',
    ]);
    expect(await refused('api-key create --username ada --description x --allowed-ip 10.0.0.0/33')).toEqual([
      expect.stringMatching(/^allowedIps\.0: /),
    ]);
    for (const words of ['api-key create --description x', 'account sign-out', 'account disable-two-factor']) {
      expect(await refused(`${words} --username unknown`)).toEqual(['username: No account has this username.']);
    }
    expect(await refused('account disable-two-factor --username ada')).toEqual(['Two-factor authentication is not enabled.']);
    expect(await json('account list')).toHaveLength(3);
  });

  test('disables two-factor authentication and ends sessions', async () => {
    const { db } = connect(env.DATABASE_URL, () => undefined);
    const { id } = await db.account.findUniqueOrThrow({ where: { usernameFolded: 'ada' } });
    const now = new Date();
    const session = (tokenHash: Uint8Array<ArrayBuffer>) => ({ accountId: id, tokenHash, createdAt: now, lastSeenAt: now, expiresAt: now });
    await db.twoFactor.create({ data: { accountId: id, secret: 'sealed' } });
    await db.session.create({ data: session(new Uint8Array([1])) });
    expect((await json('account list'))[0]).toMatchObject({ username: 'ada', twoFactor: true });
    expect(await json('account disable-two-factor --username Ada')).toEqual({ username: 'Ada', twoFactor: false });
    expect((await json('account list'))[0].twoFactor).toBe(false);
    expect(await db.session.count()).toBe(0);
    await db.session.create({ data: session(new Uint8Array([2])) });
    expect(await json('account sign-out --username ada')).toEqual({ username: 'ada', endedSessions: 1 });
    const events = await db.activity.findMany({ where: { accountId: id, actorId: null }, orderBy: { id: 'asc' } });
    expect(events.slice(-2).map(({ event, properties }) => [event, properties])).toEqual([
      ['user:two-factor.delete', { by: 'operator' }],
      ['user:sessions.end', { by: 'operator' }],
    ]);
    await db.$disconnect();
  });
});

test.runIf(isOwnPostgresql)(
  'the command line, on the embedded database, works without a server and beside one, and takes effect at once',
  async () => {
    const { env } = await createStore('embedded');
    const json = async (words: string, stdin = '') => {
      const { code, stdout, stderr } = await runHere(`${words} --json`.split(' '), env, stdin);
      expect([code, stderr.replace(creationLine, '')]).toEqual([0, '']);
      return JSON.parse(stdout);
    };
    await json('account create --username ada --email ada@example.com --password-stdin --allow-weak', 'pass word\n');
    const server = await startServer(env);
    expect(server.first()).toBeNull();
    const { token } = await json('api-key create --username ada --description x');
    expect((await ask(server.origin, token, 'GET', '/account')).body.attributes.username).toBe('ada');
    const guess = async () =>
      (await ask(server.origin, token, 'PUT', '/account/email', { email: 'x@example.com', password: 'wrong' })).status;
    for (let n = 0; n < 10; n += 1) expect(await guess()).toBe(400);
    expect(await guess()).toBe(429);
    await json('account unlock --username ada');
    expect(await guess()).toBe(400);
    expect((await server.stop()).code).toBe(0);
    expect(await json('account list')).toMatchObject([{ username: 'ada', apiKeys: 1 }]);
  },
);

describe('the command line', () => {
  test('refuses a password as an argument, and does not repeat it', async () => {
    const create = 'account create --username eve --email eve@example.com';
    for (const words of ['--password hunter2hunter2', '--password=hunter2hunter2', '--password-stdin=hunter2hunter2']) {
      const { code, stdout, stderr } = await runHere(`${create} ${words}`.split(' '));
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain("unknown option '--password");
      expect(stderr).not.toContain('hunter2');
    }
  });

  test('ends with exit code 2 for wrong usage', async () => {
    for (const words of ['', 'unknown', 'account', 'account create --username x', 'migrate now', 'account list --unknown', 'api-key']) {
      const { code, stdout, stderr } = await runHere(words.split(' ').filter(Boolean));
      expect([words, code, stdout]).toEqual([words, 2, '']);
      expect(stderr).not.toBe('');
    }
    expect((await runHere(['--help'])).code).toBe(0);
  });

  test('names an invalid variable, and a database that is not running without its password', async () => {
    expect(await runHere(['account', 'list'], { DATABASE_URL: 'postgresql://127.0.0.1/x' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^APP_KEY is required/),
    });
    const env = { DATABASE_URL: 'postgresql://u:sekret@127.0.0.1:1/x', APP_KEY: `base64:${'A'.repeat(43)}=` };
    const away = await runHere(['account', 'list', '--json'], env);
    expect(away).toEqual({ code: 1, stdout: '', stderr: 'the database cannot be reached: no answer from 127.0.0.1:1\n' });
  });
});

describe.concurrent('the command line, in a process of its own', () => {
  test('ends with exit code 2 for wrong usage, and 1 for a refusal', async () => {
    expect(await runCli(['unknown'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('unknown') });
    expect(await runCli(['migrate'], { DATABASE_URL: 'mysql://127.0.0.1/x' })).toMatchObject({ code: 1, stdout: '' });
  });

  test('prints the schema without a database', async () => {
    const text = await runCli(['schema'], { DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere' });
    expect(text).toEqual({ code: 0, stderr: '', stdout: printSdl(buildSchema()) });
    expect(JSON.parse((await runHere(['schema', '--json'])).stdout)).toEqual({ sdl: text.stdout });
  });
});
