import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { verifyPassword } from '../src/crypto/password-hash.ts';
import { hashToken, isSameHash } from '../src/crypto/token.ts';
import { codeFor, type Person, startGateway } from './harness.ts';

// The panel's integration tests, as cases for any server with its API. Where a case differs, its name says why.
const gateway = await startGateway();
const panel = await startGateway({ db: gateway.db, env: { REST_DIALECT: 'panel' } });
const createUser = () => gateway.createPerson({ password: 'password' });
const { rest, mutate } = gateway;

const wrongPassword = {
  errors: [{ code: 'InvalidPasswordProvidedException', status: '400', detail: 'The password provided was invalid for this account.' }],
};
const wrongPasswordOfTwoFactor = {
  errors: [{ code: 'BadRequestHttpException', status: '400', detail: 'The password provided was not valid.' }],
};
const notFound = {
  errors: [{ code: 'NotFoundHttpException', status: '404', detail: 'The requested resource could not be found on the server.' }],
};

function broken(...rules: [field: string, rule: string, detail: string][]) {
  const errors = rules.map(([source_field, rule, detail]) => ({
    code: 'ValidationException',
    status: '422',
    detail,
    meta: { source_field, rule },
  }));
  return [422, { errors }];
}

const answered = ({ status, body }: { status: number; body?: unknown }) => [status, body];
const invalidInput = (field: string, rule: string) => ({ __typename: 'InvalidInput', issues: [{ field, rule }] });
const row = ({ id }: Person) => gateway.db.account.findUniqueOrThrow({ where: { id } });
const eventsOf = ({ id }: Person, event: string) => gateway.db.activity.findMany({ where: { accountId: id, event } });

describe('AccountControllerTest', () => {
  test('A1: the details of the account are returned', async () => {
    const user = await createUser();
    const { id, username, email } = user;
    const expected = { id, admin: false, username, email, first_name: null, last_name: null, language: 'en' };
    expect(answered(await rest('GET', '/account', user))).toEqual([200, { object: 'user', attributes: expected }]);
    const query = '{ viewer { profile { admin username email firstName lastName language } } }';
    expect((await gateway.graphql(query, {}, user)).data.viewer.profile).toEqual({
      admin: false,
      username,
      email,
      firstName: null,
      lastName: null,
      language: 'en',
    });
  });

  test('A2, A11: the e-mail address is updated, and its event names the user as actor and subject', async () => {
    const user = await createUser();
    const next = (letter: string) => ({ email: letter + user.email, password: 'password' });
    expect((await rest('PUT', '/account/email', { ...user, body: next('a') })).status).toBe(204);
    expect((await row(user)).email).toBe(`a${user.email}`);
    expect(await mutate('updateEmail', next('b'), 'viewer { profile { email } }', user)).toMatchObject({
      viewer: { profile: { email: `b${user.email}` } },
    });
    expect((await row(user)).email).toBe(`b${user.email}`);
    const events = await eventsOf(user, 'user:account.email-changed');
    expect(events.map(({ actorId, accountId }) => [actorId, accountId])).toEqual([
      [user.id, user.id],
      [user.id, user.id],
    ]);
  });

  test('A3: the e-mail address is not updated for a wrong password', async () => {
    const user = await createUser();
    const input = { email: `new.${user.email}`, password: 'invalid' };
    expect(answered(await rest('PUT', '/account/email', { ...user, body: input }))).toEqual([400, wrongPassword]);
    expect(await mutate('updateEmail', input, 'viewer { id }', user)).toMatchObject({ code: 'INCORRECT_PASSWORD' });
    expect((await row(user)).email).toBe(user.email);
  });

  test.each([
    ['A4a', '', 'required', 'The email field is required.'],
    ['A4b', 'invalid', 'email', 'The email must be a valid email address.'],
  ])('%s: the e-mail address %j is refused', async (_case, email, rule, detail) => {
    const user = await createUser();
    const input = { email, password: 'password' };
    expect(answered(await rest('PUT', '/account/email', { ...user, body: input }))).toEqual(broken(['email', rule, detail]));
    expect(await mutate('updateEmail', input, 'viewer { id }', user)).toMatchObject(invalidInput('email', rule));
    expect((await row(user)).email).toBe(user.email);
  });

  test('A5, A10: the password is updated, and its event names the user; there are no nodes to notify, because there are no servers', async () => {
    const user = await createUser();
    const body = { current_password: 'password', password: 'New Password of 1 User', password_confirmation: 'New Password of 1 User' };
    expect((await rest('PUT', '/account/password', { ...user, body })).status).toBe(204);
    const { passwordHash } = await row(user);
    expect([await verifyPassword(passwordHash, 'New Password of 1 User'), await verifyPassword(passwordHash, 'password')]).toEqual([
      true,
      false,
    ]);
    const input = { currentPassword: 'New Password of 1 User', newPassword: 'New Password of 2 Users' };
    expect(await mutate('updatePassword', input, 'viewer { id }', user)).toMatchObject({ __typename: 'UpdatePasswordPayload' });
    expect(await verifyPassword((await row(user)).passwordHash, 'New Password of 2 Users')).toBe(true);
    const events = await eventsOf(user, 'user:account.password-changed');
    expect(events.map(({ actorId, accountId }) => [actorId, accountId])).toEqual([
      [user.id, user.id],
      [user.id, user.id],
    ]);
  });

  test('A6: the password is not updated for a wrong one', async () => {
    const user = await createUser();
    const { passwordHash } = await row(user);
    const body = { current_password: 'invalid', password: 'New Password of 1 User', password_confirmation: 'New Password of 1 User' };
    expect(answered(await rest('PUT', '/account/password', { ...user, body }))).toEqual([400, wrongPassword]);
    const input = { currentPassword: 'invalid', newPassword: 'New Password of 1 User' };
    expect(await mutate('updatePassword', input, 'viewer { id }', user)).toMatchObject({ code: 'INCORRECT_PASSWORD' });
    expect((await row(user)).passwordHash).toBe(passwordHash);
  });

  test('A7a, A7b, A8: a password that is missing, short or not confirmed is refused', async () => {
    const user = await createUser();
    const { passwordHash } = await row(user);
    const change = (body: object) => rest('PUT', '/account/password', { ...user, body: { current_password: 'password', ...body } });
    expect(answered(await change({}))).toEqual(broken(['password', 'required', 'The password field is required.']));
    expect(answered(await change({ password: 'pass', password_confirmation: 'pass' }))).toEqual(
      broken(['password', 'min', 'The password must be at least 8 characters.']),
    );
    expect(answered(await change({ password: 'New Password of 1 User', password_confirmation: 'New Password of 2 Users' }))).toEqual(
      broken(['password', 'confirmed', 'The password confirmation does not match.']),
    );
    for (const [newPassword, rule] of [
      ['', 'required'],
      ['pass', 'min'],
    ] as const) {
      const refused = await mutate('updatePassword', { currentPassword: 'password', newPassword }, 'viewer { id }', user);
      expect(refused).toMatchObject(invalidInput('newPassword', rule));
    }
    expect((await row(user)).passwordHash).toBe(passwordHash);
  });

  test('A9: each account can change its e-mail address three times a day, not four', async () => {
    const [user, other] = [await createUser(), await createUser()];
    const next = (person: Person, letter: string) => ({ email: letter + person.email, password: 'password' });
    for (const letter of 'ab') expect((await rest('PUT', '/account/email', { ...user, body: next(user, letter) })).status).toBe(204);
    expect(await mutate('updateEmail', next(user, 'c'), 'viewer { id }', user)).toMatchObject({ __typename: 'UpdateEmailPayload' });
    const fourth = await rest('PUT', '/account/email', { ...user, body: next(user, 'd') });
    const detail = 'Your email address has been changed too many times today. Please try again later.';
    expect(answered(fourth)).toEqual([429, { errors: [{ code: 'TooManyRequestsHttpException', status: '429', detail }] }]);
    expect(await mutate('updateEmail', next(user, 'd'), 'viewer { id }', user)).toMatchObject({ code: 'RATE_LIMITED' });
    expect((await row(user)).email).toBe(`c${user.email}`);
    expect((await rest('PUT', '/account/email', { ...other, body: next(other, 'a') })).status).toBe(204);
  });
});

describe('ApiKeyControllerTest', () => {
  const make = (user: Person, body: unknown) => rest('POST', '/account/api-keys', { ...user, body });
  const keysOf = ({ id }: Person) => gateway.db.apiKey.findMany({ where: { accountId: id }, orderBy: { id: 'asc' } });

  test('K1: the keys are listed; allowed_ips without entries is an empty list, because null is not stored', async () => {
    const user = await createUser();
    const { body } = await rest('GET', '/account/api-keys', user);
    expect(body.object).toBe('list');
    expect(body.data).toEqual([
      {
        object: 'api_key',
        attributes: {
          identifier: user.identifier,
          description: 'tests',
          allowed_ips: [],
          last_used_at: '2026-03-01T12:00:00+00:00',
          created_at: '2026-03-01T12:00:00+00:00',
        },
      },
    ]);
    const query = '{ viewer { apiKeys { identifier allowedIps } } }';
    expect((await gateway.graphql(query, {}, user)).data.viewer.apiKeys).toEqual([{ identifier: user.identifier, allowedIps: [] }]);
  });

  test.each([
    ['K2a', []],
    ['K2b', ['127.0.0.1']],
    ['K2c', ['127.0.0.1', '::1']],
    ['K2d', ['::ffff:7f00:1']],
    ['K2e', ['127.0.0.1', '192.168.1.100', '192.168.10.10/28']],
    ['K2f', ['127.0.0.1/32', '192.168.100.100/27', '::1', '::1/128']],
  ])('%s: a key is created for %j, each entry as it is spelled; the secret is stored hashed', async (_case, asked) => {
    const [user, other] = [await createUser(), await createUser()];
    for (let key = 0; key < 9; key += 1) await make(other, { description: 'of another' });
    const { status, body } = await make(user, { description: 'Test Description', allowed_ips: asked });
    const [, created] = await keysOf(user);
    expect([status, body.object, body.attributes]).toEqual([
      200,
      'api_key',
      {
        identifier: created?.identifier,
        description: 'Test Description',
        allowed_ips: asked,
        last_used_at: null,
        created_at: '2026-03-01T12:00:00+00:00',
      },
    ]);
    expect(created).toMatchObject({ description: 'Test Description', allowedIps: asked });
    expect(isSameHash(created?.secretHash ?? new Uint8Array(), hashToken(body.meta.secret_token))).toBe(true);
    const input = { description: 'Test Description', allowedIps: asked };
    const byGraphql = await mutate('createApiKey', input, 'token apiKey { identifier allowedIps }', user);
    expect(byGraphql.apiKey).toEqual({ identifier: byGraphql.token.slice(0, 16), allowedIps: asked });
    const events = await eventsOf(user, 'user:api-key.create');
    expect(events.slice(1).map(({ actorId, properties }) => [actorId, properties])).toEqual([
      [user.id, { identifier: body.attributes.identifier }],
      [user.id, { identifier: byGraphql.apiKey.identifier }],
    ]);
  });

  test('K3: a key for a hundred addresses is refused', async () => {
    const user = await createUser();
    const ips = Array.from({ length: 100 }, (_, index) => `127.0.0.${index}`);
    expect(answered(await make(user, { description: 'Test', allowed_ips: ips }))).toEqual(
      broken(['allowed_ips', 'max', 'The allowed ips may not have more than 50 items.']),
    );
    const refused = await mutate('createApiKey', { description: 'Test', allowedIps: ips }, 'token', user);
    expect(refused).toMatchObject(invalidInput('allowedIps', 'max'));
    expect(await keysOf(user)).toHaveLength(1);
  });

  test('K4: a twenty-sixth key is refused', async () => {
    const user = await createUser();
    for (let key = 1; key < 25; key += 1) expect((await make(user, { description: 'Test' })).status).toBe(200);
    const detail = 'You have reached the account limit for number of API keys.';
    expect(answered(await make(user, { description: 'Test' }))).toEqual([
      400,
      { errors: [{ code: 'DisplayException', status: '400', detail }] },
    ]);
    expect(await mutate('createApiKey', { description: 'Test' }, 'token', user)).toMatchObject({ code: 'API_KEY_LIMIT_REACHED' });
    expect(await keysOf(user)).toHaveLength(25);
  });

  test('K5a, K5b, K5c: a key without a description, with a long one or with invalid addresses is refused', async () => {
    const user = await createUser();
    for (const [input, issues, ...errors] of [
      [
        { description: '', ips: ['127.0.0.1'] },
        [['description', 'required']],
        ['description', 'required', 'The description field is required.'],
      ],
      [
        { description: 'a'.repeat(501), ips: ['127.0.0.1'] },
        [['description', 'max']],
        ['description', 'max', 'The description may not be greater than 500 characters.'],
      ],
      [
        { description: 'foobar', ips: ['hodor', '127.0.0.1', 'hodor/24'] },
        [
          ['allowedIps.0', 'address'],
          ['allowedIps.2', 'address'],
        ],
        ['allowed_ips.0', '', '"hodor" is not a valid IP address or CIDR range.'],
        ['allowed_ips.2', '', '"hodor/24" is not a valid IP address or CIDR range.'],
      ],
    ] as [{ description: string; ips: string[] }, [string, string][], ...[string, string, string][]][]) {
      const { description, ips } = input;
      expect(answered(await make(user, { description, allowed_ips: ips }))).toEqual(broken(...errors));
      const refused = await mutate('createApiKey', { description, allowedIps: ips }, 'token', user);
      expect(refused.issues).toEqual(issues.map(([field, rule]) => ({ field, rule })));
    }
    expect(await keysOf(user)).toHaveLength(1);
  });

  test('K6: a key is deleted, and its event names the user', async () => {
    const user = await createUser();
    const [first, second] = [await make(user, { description: 'one' }), await make(user, { description: 'two' })];
    const { identifier } = first.body.attributes;
    expect((await rest('DELETE', `/account/api-keys/${identifier}`, user)).status).toBe(204);
    const input = { identifier: second.body.attributes.identifier };
    expect(await mutate('deleteApiKey', input, 'deletedApiKeyId', user)).toMatchObject({ __typename: 'DeleteApiKeyPayload' });
    expect(await keysOf(user)).toHaveLength(1);
    const events = await eventsOf(user, 'user:api-key.delete');
    expect(events.map(({ actorId, properties }) => [actorId, properties])).toEqual([
      [user.id, { identifier }],
      [user.id, input],
    ]);
  });

  test('K7, K8, K9: a key that is unknown or of another user is not found; there are no application keys', async () => {
    const [user, other] = [await createUser(), await createUser()];
    for (const identifier of ['1234', other.identifier, 'ptla_application']) {
      expect(answered(await rest('DELETE', `/account/api-keys/${identifier}`, user))).toEqual([404, notFound]);
      expect(await mutate('deleteApiKey', { identifier }, 'deletedApiKeyId', user)).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect([(await keysOf(user)).length, (await keysOf(other)).length]).toEqual([1, 1]);
    expect([await eventsOf(user, 'user:api-key.delete'), await eventsOf(other, 'user:api-key.delete')]).toEqual([[], []]);
  });
});

describe('SSHKeyControllerTest', () => {
  const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';
  const pem = '-----BEGIN PUBLIC KEY-----\r\nMCowBQYDK2VwAyEA6eXi7WjSwIHJjtatLoS8Ua6pwMewQA/Nf0I/r7Z892Q=\r\n-----END PUBLIC KEY-----';
  const fingerprint = 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';
  const add = (user: Person, public_key: string, name = 'Name') =>
    rest('POST', '/account/ssh-keys', { ...user, body: { name, public_key } });
  const remove = (user: Person, body?: unknown) => rest('POST', '/account/ssh-keys/remove', { ...user, body });
  const count = ({ id }: Person) => gateway.db.sshKey.count({ where: { accountId: id } });

  test('H1: the keys of the user are listed, without those of other users', async () => {
    const [user, other] = [await createUser(), await createUser()];
    await add(user, line, 'Mine');
    await add(other, line, 'Theirs');
    const { status, body } = await rest('GET', '/account/ssh-keys', user);
    expect([status, body.object, body.data.length, body.data[0].object, body.data[0].attributes.name]).toEqual([
      200,
      'list',
      1,
      'ssh_key',
      'Mine',
    ]);
    expect(Object.keys(body.data[0].attributes)).toEqual(['name', 'fingerprint', 'public_key', 'created_at']);
    const { sshKeys } = (await gateway.graphql('{ viewer { sshKeys { name } } }', {}, user)).data.viewer;
    expect(sshKeys).toEqual([{ name: 'Mine' }]);
  });

  test('H2a: a removal that names no key is refused', async () => {
    const user = await createUser();
    expect(answered(await remove(user))).toEqual(broken(['fingerprint', 'required', 'The fingerprint field is required.']));
    const refused = await mutate('removeSshKey', { fingerprint: '' }, 'removedSshKeyId', user);
    expect(refused).toMatchObject(invalidInput('fingerprint', 'required'));
  });

  test('H2b, H2c: a key is removed; a second removal is 204; the same key of another user stays; the row is deleted, not marked', async () => {
    const [user, other] = [await createUser(), await createUser()];
    await add(user, line);
    await add(other, line);
    expect((await remove(user, { fingerprint })).status).toBe(204);
    expect([await count(user), await count(other)]).toEqual([0, 1]);
    expect((await remove(user, { fingerprint })).status).toBe(204);
    expect(await mutate('removeSshKey', { fingerprint }, 'removedSshKeyId', user)).toMatchObject({ code: 'NOT_FOUND' });
    expect([await count(user), await count(other)]).toEqual([0, 1]);
    expect(await eventsOf(user, 'user:ssh-key.delete')).toHaveLength(1);
    expect(await eventsOf(other, 'user:ssh-key.delete')).toEqual([]);
  });

  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const weak = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).publicKey;

  test.each([
    ['H3', 'a DSA key', dsaLine(), 'dsa', 'DSA keys are not supported.'],
    ['H4', 'an RSA key of 1024 bits', weak, 'weak_rsa', 'RSA keys must be at least 2048 bytes in length.'],
    ['H5a', 'a text that is no key', 'invalid', 'public_key', 'The public key provided is not valid.'],
    ['H5b', 'a private key', privateKey, 'private_key', 'The public key provided is not valid.'],
  ])('%s: %s is refused, and nothing is stored', async (_case, _name, publicKey, rule, detail) => {
    const user = await createUser();
    expect(answered(await add(user, publicKey))).toEqual(broken(['public_key', '', detail]));
    expect(await mutate('addSshKey', { name: 'Name', publicKey }, 'sshKey { id }', user)).toMatchObject(invalidInput('publicKey', rule));
    expect(await count(user)).toBe(0);
  });

  test('H6: a key is added, and answered as PEM in the panel dialect, as a line in the documented one', async () => {
    const user = await createUser();
    const added = await panel.rest('POST', '/account/ssh-keys', { ...user, body: { name: 'Name', public_key: pem } });
    const attributes = { name: 'Name', fingerprint, public_key: pem, created_at: '2026-03-01T12:00:00+00:00' };
    expect(answered(added)).toEqual([200, { object: 'ssh_key', attributes }]);
    expect(await count(user)).toBe(1);
    expect((await rest('GET', '/account/ssh-keys', user)).body.data[0].attributes.public_key).toBe(line);
    const [other, fields] = [await createUser(), 'sshKey { name fingerprint publicKey }'];
    expect((await mutate('addSshKey', { name: 'Name', publicKey: pem }, fields, other)).sshKey).toEqual({
      name: 'Name',
      fingerprint: `SHA256:${fingerprint}`,
      publicKey: line,
    });
  });

  test('H7: a key that the account has is refused', async () => {
    const user = await createUser();
    await add(user, line);
    expect(answered(await add(user, pem))).toEqual(broken(['public_key', '', 'The public key provided already exists on your account.']));
    const again = await mutate('addSshKey', { name: 'Name', publicKey: line }, 'sshKey { id }', user);
    expect(again).toMatchObject({ code: 'SSH_KEY_ALREADY_ADDED' });
    expect(await count(user)).toBe(1);
  });
});

describe('TwoFactorControllerTest', () => {
  const enable = (user: Person, body: unknown) => rest('POST', '/account/two-factor', { ...user, body });
  const disable = (user: Person, password: string) => rest('POST', '/account/two-factor/disable', { ...user, body: { password } });
  const isOn = async ({ id }: Person) => (await gateway.db.twoFactor.findUnique({ where: { accountId: id } }))?.secret != null;

  test('T1: the secret is created and two-factor stays off; image_url_data is the panel’s address or the documented image', async () => {
    const user = await createUser();
    const { status, body } = await panel.rest('GET', '/account/two-factor', user);
    expect([status, body.data.image_url_data]).toEqual([200, expect.stringContaining(`?secret=${body.data.secret}&issuer=`)]);
    const other = await createUser();
    expect((await rest('GET', '/account/two-factor', other)).body.data.image_url_data).toMatch(/^data:image\/png;base64,/);
    expect((await gateway.graphql('{ viewer { twoFactorSetup { uri } } }', {}, other)).data.viewer.twoFactorSetup.uri).toMatch(/^otpauth:/);
    expect([await isOn(user), await isOn(other)]).toEqual([false, false]);
    expect(await gateway.db.twoFactorSetup.count({ where: { accountId: { in: [user.id, other.id] } } })).toBe(2);
  });

  test('T2: the secret cannot be read while two-factor is on', async () => {
    const user = await createUser();
    await gateway.enableTwoFactor(user);
    const detail = 'Two-factor authentication is already enabled on this account.';
    expect(answered(await rest('GET', '/account/two-factor', user))).toEqual([
      400,
      { errors: [{ code: 'BadRequestHttpException', status: '400', detail }] },
    ]);
    expect((await gateway.graphql('{ viewer { twoFactorSetup { uri } } }', {}, user)).data.viewer.twoFactorSetup).toBeNull();
  });

  test('T3: code and password are required, in this order', async () => {
    const user = await createUser();
    expect(answered(await enable(user, { code: '' }))).toEqual(
      broken(['code', 'required', 'The code field is required.'], ['password', 'required', 'The password field is required.']),
    );
    const refused = await mutate('enableTwoFactor', { code: '', password: '' }, 'recoveryTokens', user);
    expect(refused.issues).toEqual([
      { field: 'code', rule: 'required' },
      { field: 'password', rule: 'required' },
    ]);
  });

  test('T4: two-factor is turned on with ten recovery tokens; they are stored under a plain hash, because random tokens need no slow one', async () => {
    for (const api of ['rest', 'graphql'] as const) {
      const user = await createUser();
      const { secret } = (await rest('GET', '/account/two-factor', user)).body.data;
      const input = { code: codeFor(secret, gateway.clock.now()), password: 'password' };
      const answer = api === 'rest' ? await enable(user, input) : null;
      if (answer) expect([answer.status, answer.body.object]).toEqual([200, 'recovery_tokens']);
      const tokens: string[] = answer
        ? answer.body.attributes.tokens
        : (await mutate('enableTwoFactor', input, 'recoveryTokens', user)).recoveryTokens;
      expect(await isOn(user)).toBe(true);
      const stored = await gateway.db.recoveryToken.findMany({ where: { accountId: user.id } });
      expect([stored.length, tokens.length]).toEqual([10, 10]);
      for (const { createdAt } of stored) expect(createdAt).toEqual(gateway.clock.now());
      for (const token of tokens) {
        expect(stored.filter(({ tokenHash }) => isSameHash(tokenHash, hashToken(token)))).toHaveLength(1);
      }
    }
  });

  test('T5, T8: two-factor is turned off with the correct password only', async () => {
    const user = await createUser();
    await gateway.enableTwoFactor(user);
    expect(answered(await disable(user, 'foo'))).toEqual([400, wrongPasswordOfTwoFactor]);
    expect(await mutate('disableTwoFactor', { password: 'foo' }, 'viewer { id }', user)).toMatchObject({ code: 'INCORRECT_PASSWORD' });
    expect(await isOn(user)).toBe(true);
    expect((await disable(user, 'password')).status).toBe(204);
    expect(await isOn(user)).toBe(false);
  });

  test('T6: turning two-factor off where it is off is 204', async () => {
    const user = await createUser();
    expect((await disable(user, 'password')).status).toBe(204);
    const refused = await mutate('disableTwoFactor', { password: 'password' }, 'viewer { id }', user);
    expect(refused).toMatchObject({ code: 'TWO_FACTOR_NOT_ENABLED' });
  });

  test('T7: two-factor is not turned on for a wrong password', async () => {
    const user = await createUser();
    await rest('GET', '/account/two-factor', user);
    const input = { code: '123456', password: 'foo' };
    expect(answered(await enable(user, input))).toEqual([400, wrongPasswordOfTwoFactor]);
    expect(await mutate('enableTwoFactor', input, 'recoveryTokens', user)).toMatchObject({ code: 'INCORRECT_PASSWORD' });
    expect(await isOn(user)).toBe(false);
  });
});

describe('ClientControllerTest', () => {
  const none = (per_page: number) => ({
    object: 'list',
    data: [],
    meta: { pagination: { total: 0, count: 0, per_page, current_page: 1, total_pages: 1, links: {} } },
  });

  test('C1, C3: the servers are an empty page of fifty, for every type, because there are no servers here', async () => {
    const user = await createUser();
    for (const query of ['', '?type=admin', '?type=admin-all', '?type=owner', '?include=egg,subusers&filter[*]=x']) {
      expect(answered(await rest('GET', query, user))).toEqual([200, none(50)]);
    }
    expect(answered(await rest('GET', '?per_page=7&page=1', user))).toEqual([200, none(7)]);
  });

  test('C2: the permissions are an empty map, because there are no servers here', async () => {
    const user = await createUser();
    expect(answered(await rest('GET', '/permissions', user))).toEqual([
      200,
      { object: 'system_permissions', attributes: { permissions: {} } },
    ]);
  });
});

/** A DSA key in the form of OpenSSH, which no longer creates any: its numbers have the right lengths only. */
function dsaLine(): string {
  const lengthed = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
  const number = (bytes: number) => lengthed(Buffer.alloc(bytes, 0x55));
  const blob = Buffer.concat([lengthed(Buffer.from('ssh-dss')), number(128), number(20), number(128), number(128)]);
  return `ssh-dss ${blob.toString('base64')}`;
}
