import { describe, expect, test } from 'vitest';
import { createBrowser } from './browser.ts';
import { startWithCommands } from './commands-store.ts';

const { gateway, db, cli, json, refused, rowsOf } = await startWithCommands();

const signIn = async (login: string, password: string, peer = '127.0.0.1') =>
  (await createBrowser(gateway, peer).signIn(login, password)).__typename as string;
const statusOf = async (token: string) => (await gateway.rest('GET', '/account', { token })).status;

describe('account show', () => {
  test('says why a sign-in is refused: the locks with their networks, the last failures with their addresses', async () => {
    const person = await gateway.createPerson();
    for (let n = 0; n < 10; n += 1) await signIn(person.username.toUpperCase(), 'wrong', '198.51.100.7');
    await gateway.settle();
    await signIn(person.email, 'wrong', '203.0.113.9');
    await gateway.settle();
    expect(await signIn(person.username, person.password, '198.51.100.7')).toBe('RateLimited');
    const shown = await json(`account show --username ${person.username}`);
    expect(shown).toMatchObject({ username: person.username, email: person.email, twoFactor: false, apiKeys: 1, sshKeys: 0, sessions: 0 });
    expect(shown).not.toHaveProperty('id');
    expect(shown.locks).toEqual([{ login: person.username, network: '198.51.100.7', until: expect.any(String) }]);
    expect(shown.failures).toHaveLength(10);
    expect(shown.failures[0]).toMatchObject({ ip: '203.0.113.9', login: person.email });
    const { stdout } = await cli(`account show --username ${person.username}`);
    expect(stdout).toMatch(/^sign-in +refused as u\w+ from 198\.51\.100\.7 until \S+, after too many wrong secrets: account unlock$/m);
    await json(`account unlock --username ${person.username}`);
    expect((await json(`account show --username ${person.username}`)).locks).toEqual([]);
    expect(await signIn(person.username, person.password, '198.51.100.7')).toBe('SignInPayload');
  });

  test('counts a lock of every network, and no failure from before a sign-in that succeeded', async () => {
    const person = await gateway.createPerson();
    for (let n = 0; n < 50; n += 1) await signIn(person.username, 'wrong', `198.51.${Math.floor(n / 9)}.7`);
    const other = await gateway.createPerson();
    for (let n = 0; n < 9; n += 1) await signIn(other.username, 'wrong', '198.51.100.8');
    expect(await signIn(other.username, other.password, '198.51.100.8')).toBe('SignInPayload');
    await signIn(other.username, 'wrong', '198.51.100.8');
    await gateway.settle();
    const { locks } = await json(`account show --username ${person.username}`);
    expect(locks).toEqual([{ login: person.username, network: null, until: expect.any(String) }]);
    const shown = await json(`account show --username ${other.username}`);
    expect([shown.locks, shown.sessions, shown.lastSignIn.ip]).toEqual([[], 1, '198.51.100.8']);
    expect((await cli(`account show --username ${other.username}`)).stdout).toMatch(/^sign-in +accepted with the password$/m);
  });

  test('shows two-factor authentication and the recovery tokens that are left, and no secret', async () => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    const { stdout } = await cli(`account show --username ${person.username} --json`);
    expect(JSON.parse(stdout)).toMatchObject({ twoFactor: true, recoveryTokens: 10 });
    expect(stdout).not.toMatch(/hash|v1\.|argon2/i);
  });
});

describe('account set-password', () => {
  test('sets the password from stdin, ends the sessions, and makes browsers unknown', async () => {
    const person = await gateway.createPerson();
    await signIn(person.username, person.password);
    const before = await db.account.findUniqueOrThrow({ where: { id: person.id } });
    const words = `account set-password --username ${person.username.toUpperCase()} --password-stdin`;
    expect(await json(words, 'gravel piano tulip 47\n')).toEqual({ username: person.username.toUpperCase(), endedSessions: 1 });
    expect(await db.session.count({ where: { accountId: person.id } })).toBe(0);
    expect((await db.account.findUniqueOrThrow({ where: { id: person.id } })).deviceGeneration).toBe(before.deviceGeneration + 1);
    expect(await signIn(person.username, person.password)).toBe('InvalidCredentials');
    expect(await signIn(person.username, 'gravel piano tulip 47')).toBe('SignInPayload');
    expect(await statusOf(person.token)).toBe(200);
    expect((await rowsOf(person)).at(-1)).toEqual({
      event: 'user:account.password-changed',
      actorId: null,
      properties: { by: 'operator' },
    });
  });

  test('generates a password without --password-stdin, and prints it once', async () => {
    const person = await gateway.createPerson();
    const { password } = await json(`account set-password --username ${person.username}`);
    expect(password).toMatch(/^\w{24}$/);
    expect(await signIn(person.username, password)).toBe('SignInPayload');
  });

  test('refuses what the rules refuse, and a password that is easy to guess without --allow-weak', async () => {
    const person = await gateway.createPerson();
    const words = `account set-password --username ${person.username} --password-stdin`;
    expect(await refused(words, 'short\n')).toMatch(/^password: Use at least 8 characters/);
    expect(await refused(words, 'password1\n')).toMatch(/^password: /);
    expect(await refused(words, `${person.username}\n`)).toMatch(/^password: This password has a name/);
    expect(await refused(words, '')).toMatch(/^password: /);
    expect(await signIn(person.username, person.password)).toBe('SignInPayload');
    await json(`${words} --allow-weak`, 'password1\n');
    expect(await signIn(person.username, 'password1')).toBe('SignInPayload');
  });
});

describe('account set-email', () => {
  test('sets the address, more often than the owner may, and refuses one that another account has', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const set = (email: string) => json(`account set-email --username ${person.username} --email ${email}`);
    for (let n = 0; n < 5; n += 1) await set(`n${n}.${person.email}`);
    const email = `New.${person.email}`;
    expect(await set(email)).toEqual({ username: person.username, email });
    expect(await signIn(email.toLowerCase(), person.password)).toBe('SignInPayload');
    const refusal = await refused(`account set-email --username ${person.username} --email ${other.email.toUpperCase()}`);
    expect(refusal).toBe('email: Another account has this e-mail address.');
    expect(await refused(`account set-email --username ${person.username} --email nowhere`)).toMatch(/^email: Use an e-mail address/);
    const rows = await rowsOf(person);
    expect(rows.at(-1)).toMatchObject({
      event: 'user:account.email-changed',
      properties: { old: `n4.${person.email}`, new: email, by: 'operator' },
    });
  });
});

describe('account rename', () => {
  test('gives another username in lower case, keeps keys and sessions, and refuses one that another account has', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const to = `New-${person.username}`;
    expect(await json(`account rename --username ${person.username} --to ${to}`)).toEqual({
      username: to.toLowerCase(),
      before: person.username,
    });
    expect([await signIn(to, person.password), await signIn(person.username, person.password)]).toEqual([
      'SignInPayload',
      'InvalidCredentials',
    ]);
    expect(await statusOf(person.token)).toBe(200);
    expect(await refused(`account rename --username ${to} --to ${other.username.toUpperCase()}`)).toBe(
      'username: Another account has this username.',
    );
    expect(await refused(`account rename --username ${to} --to a..b!`)).toMatch(/^username: Use letters/);
    expect((await rowsOf(person)).at(-1)).toMatchObject({
      event: 'user:account.renamed',
      properties: { old: person.username, new: to.toLowerCase(), by: 'operator' },
    });
  });
});

describe('account delete', () => {
  test('requires --yes, deletes the account with all that it has, ends its credentials, and leaves a line in the log', async () => {
    const person = await gateway.createPerson();
    await signIn(person.username, person.password);
    await gateway.settle();
    await db.$executeRaw`INSERT INTO activity (account_id, event, occurred_at) SELECT ${person.id}, 'x', now() FROM generate_series(1, 10001)`;
    expect((await cli(`account delete --username ${person.username}`)).code).toBe(2);
    expect(await statusOf(person.token)).toBe(200);
    const { code, stdout, stderr } = await cli(`account delete --username ${person.username} --yes --json`);
    expect([code, JSON.parse(stdout)]).toEqual([0, { username: person.username, deleted: true }]);
    const [progress = '', line = ''] = stderr.trimEnd().split('\n');
    expect(progress).toBe('Deleted 10000 rows of activity.');
    expect(JSON.parse(line)).toMatchObject({ event: 'account.deleted', accountId: person.id, username: person.username, by: 'operator' });
    expect([await statusOf(person.token), await signIn(person.username, person.password)]).toEqual([401, 'InvalidCredentials']);
    const where = { accountId: person.id };
    expect(await Promise.all([db.activity.count({ where }), db.apiKey.count({ where }), db.session.count({ where })])).toEqual([0, 0, 0]);
  });
});

describe('api-key', () => {
  test('list shows the keys of an account, and no secret', async () => {
    const person = await gateway.createPerson();
    const { identifier } = await json(`api-key create --username ${person.username} --description backup --allowed-ip 192.0.2.0/24`);
    const listed = await json(`api-key list --username ${person.username}`);
    expect(listed).toMatchObject([
      { identifier: person.identifier, description: 'tests', allowedIps: [] },
      { identifier, description: 'backup', allowedIps: ['192.0.2.0/24'], lastUsedAt: null },
    ]);
    expect(Object.keys(listed[0])).toEqual(['identifier', 'description', 'allowedIps', 'lastUsedAt', 'createdAt']);
    const lines = (await cli(`api-key list --username ${person.username}`)).stdout.trimEnd().split('\n');
    expect(lines[2]).toMatch(new RegExp(`^${identifier} +\\S+ +never +192\\.0\\.2\\.0/24 +backup$`));
  });

  test('revoke ends a key of any account at once, and leaves a row', async () => {
    const person = await gateway.createPerson();
    expect(await statusOf(person.token)).toBe(200);
    expect(await json(`api-key revoke --identifier ${person.identifier}`)).toEqual({ identifier: person.identifier, revoked: true });
    expect(await statusOf(person.token)).toBe(401);
    expect((await rowsOf(person)).at(-1)).toMatchObject({
      event: 'user:api-key.delete',
      actorId: null,
      properties: { identifier: person.identifier, by: 'operator' },
    });
    for (const identifier of [person.identifier, 'unknown', 'ptlc_%']) {
      expect(await refused(`api-key revoke --identifier ${identifier}`)).toBe('identifier: No API key has this identifier.');
    }
    expect(await json(`api-key list --username ${person.username}`)).toEqual([]);
  });
});

test('every command on an account of no one is refused', async () => {
  const words = [
    'account show',
    'account set-password',
    'account set-email --email x@example.com',
    'account rename --to x',
    'account delete --yes',
    'account unlock',
    'account sign-out',
    'account disable',
    'account enable',
    'api-key list',
  ];
  for (const command of words) expect(await refused(`${command} --username unknown`)).toBe('username: No account has this username.');
});

test('each change by the operator leaves a row that names the operator', async () => {
  const person = await gateway.createPerson();
  await gateway.enableTwoFactor(person);
  await json(`account sign-out --username ${person.username}`);
  await json(`account disable-two-factor --username ${person.username}`);
  await json(`account unlock --username ${person.username}`);
  expect((await rowsOf(person)).map(({ event }) => event)).toEqual([
    'user:api-key.create',
    'user:sessions.end',
    'user:two-factor.delete',
    'user:account.unlocked',
  ]);
});

test('no command takes a password as an argument', async () => {
  const { code, stderr } = await cli('account set-password --username ada --password hunter2hunter2');
  expect([code, stderr]).toEqual([2, expect.not.stringContaining('hunter2')]);
});
