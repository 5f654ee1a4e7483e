import { createRequire } from 'node:module';
import { Client, type JSPteroAPIError } from 'jspteroapi';
import { accountMethods } from 'jspteroapi/dist/client/methods/account.js';
import { describe, expect, test } from 'vitest';
import { codeFor, type Person, startGateway } from './harness.ts';
import { serve } from './serve.ts';

// Its types are declared for require only.
type Pterojs = typeof import('@devnote-dev/pterojs', { with: { 'resolution-mode': 'require' }});
const { PteroClient } = createRequire(import.meta.url)('@devnote-dev/pterojs') as Pterojs;

const gateway = await startGateway();
const panel = await startGateway({ env: { REST_DIALECT: 'panel' }, db: gateway.db });
const origin = await serve(gateway);
const panelOrigin = await serve(panel);

const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';
const fingerprint = 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';

/** The refusal of a call that fails, from the errors of either library. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error = await call.then(
    () => 'no refusal',
    (thrown: unknown) => thrown,
  );
  if (typeof error === 'object' && error !== null && 'codes' in error) return error.codes;
  const { HTML_STATUS, ERRORS } = error as JSPteroAPIError;
  return HTML_STATUS === undefined ? error : [HTML_STATUS, ...ERRORS];
}

/** Neither library sends the password with the code, which the panel requires since 1.11: both are refused. */
async function turnOn(person: Person, secret: string): Promise<void> {
  const body = { code: codeFor(secret, gateway.clock.now()), password: person.password };
  expect((await gateway.rest('POST', '/account/two-factor', { ...person, body })).status).toBe(200);
}

describe('@devnote-dev/pterojs with the address of the gateway', () => {
  const connect = ({ token }: { token: string }, at = origin) => new PteroClient(at, token, { servers: { fetch: true, cache: true } });

  test('connects, reads the account, its servers and the permissions', async () => {
    const person = await gateway.createPerson({ firstName: 'Ada', lastName: 'Lovelace', admin: true });
    const client = connect(person);
    await client.connect();
    const account = await client.account.fetch();
    const { id, username, email, language } = person;
    expect(account).toMatchObject({ id, username, email, firstname: 'Ada', lastname: 'Lovelace', language, isAdmin: true });
    expect((await client.servers.fetch()).size).toBe(0);
    expect((await client.servers.fetch({ type: 'admin' } as object)).size).toBe(0);
    expect(await client.fetchPermissions()).toEqual({});
  });

  test('changes the e-mail address, and reads the refusal', async () => {
    const person = await gateway.createPerson();
    const { account } = connect(person);
    expect(await refusal(account.updateEmail('other@example.com', 'wrong'))).toEqual(['InvalidPasswordProvidedException']);
    expect(await refusal(account.updateEmail('nonsense', person.password))).toEqual(['ValidationException']);
    await account.updateEmail(`new.${person.email}`, person.password);
    expect((await account.fetch()).email).toBe(`new.${person.email}`);
  });

  test('changes the password, and reads the refusal', async () => {
    const person = await gateway.createPerson();
    const { account } = connect(person);
    expect(await refusal(account.updatePassword('wrong', 'battery staple'))).toEqual(['InvalidPasswordProvidedException']);
    expect(await refusal(account.updatePassword(person.password, 'short'))).toEqual(['ValidationException']);
    await account.updatePassword(person.password, 'battery staple');
    await account.updateEmail(`new.${person.email}`, 'battery staple');
  });

  test('reads the two-factor secret in either dialect; its requests to enable and disable are those before 1.11.8', async () => {
    const person = await gateway.createPerson();
    const { account } = connect(person);
    expect(await account.get2FACode()).toMatch(/^data:image\/png;base64,/);
    const other = await panel.createPerson();
    const uri = new URL(await connect(other, panelOrigin).account.get2FACode());
    expect(uri.protocol).toBe('otpauth:');
    const { secret } = (await gateway.rest('GET', '/account/two-factor', person)).body.data;
    expect(await refusal(account.enable2FA(codeFor(secret, gateway.clock.now())))).toEqual(['ValidationException']);
    await turnOn(person, secret);
    expect(await refusal(account.get2FACode())).toEqual(['BadRequestHttpException']);
    expect(await refusal(account.disable2FA(person.password))).toEqual(['MethodNotAllowedHttpException']);
  });

  test('creates, lists and deletes API keys', async () => {
    const person = await gateway.createPerson();
    const { account } = connect(person);
    const made = await account.createKey('from pterojs', ['127.0.0.1', '10.0.0.0/8']);
    expect(made).toMatchObject({ description: 'from pterojs', allowedIps: ['127.0.0.1', '10.0.0.0/8'] });
    expect(made.createdAt.getTime()).toBe(gateway.clock.now().getTime());
    const client = connect({ token: made.identifier + made.token });
    expect((await client.account.fetch()).id).toBe(person.id);
    const keys = await account.fetchKeys();
    expect(keys.map(({ identifier }) => identifier)).toEqual([person.identifier, made.identifier]);
    expect(keys[1]?.lastUsedAt).toBeInstanceOf(Date);
    await account.deleteKey(made.identifier);
    expect(await refusal(client.account.fetch())).toEqual(['AuthenticationException']);
    expect(await refusal(account.deleteKey(made.identifier))).toEqual(['NotFoundHttpException']);
    expect(await refusal(account.createKey('', ['nowhere']))).toEqual(['ValidationException', 'ValidationException']);
    expect((await account.fetchKeys()).length).toBe(1);
  });

  test('adds, lists and removes SSH keys, in either dialect', async () => {
    const person = await gateway.createPerson();
    const { account } = connect(person);
    const added = await account.createSSHKey('laptop', `${line} me@host`);
    expect(added).toMatchObject({ name: 'laptop', fingerprint: `SHA256:${fingerprint}`, publicKey: line });
    expect(added.createdAt.getTime()).toBe(gateway.clock.now().getTime());
    expect(await account.fetchSSHKeys()).toEqual([added]);
    expect(await refusal(account.createSSHKey('laptop', line))).toEqual(['ValidationException']);
    expect(await refusal(account.createSSHKey('laptop', 'nonsense'))).toEqual(['ValidationException']);
    const [inPanel] = await connect(person, panelOrigin).account.fetchSSHKeys();
    expect(inPanel).toMatchObject({ fingerprint, publicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----\r\n/) });
    await account.removeSSHKey(fingerprint);
    await account.removeSSHKey(fingerprint);
    expect(await account.fetchSSHKeys()).toEqual([]);
  });

  test('reads the activity', async () => {
    const person = await gateway.createPerson();
    const { account } = connect(person);
    await account.createSSHKey('laptop', line);
    const events = (await account.fetchActivities()).map(({ event, ip, timestamp }) => [event, ip, timestamp.getTime()]);
    const at = gateway.clock.now().getTime();
    expect(events).toEqual([
      // The operator created the key, from no address.
      ['user:api-key.create', null, at],
      ['user:ssh-key.create', '127.0.0.1', at],
    ]);
  });

  test('reads the refusal of a wrong key', async () => {
    expect(await refusal(connect({ token: `ptlc_unknownunkn${'x'.repeat(32)}` }).connect())).toEqual(['AuthenticationException']);
  });
});

describe('jspteroapi with the address of the gateway', () => {
  const connect = ({ token }: { token: string }, at = origin) => new Client(at, token, undefined, true);

  test('tests itself, reads the account, its servers and the permissions', async () => {
    const person = await gateway.createPerson({ firstName: 'Ada', lastName: 'Lovelace' });
    const client = connect(person);
    expect(await client.testAPI()).toBe(true);
    const { id, username, email, language } = person;
    const expected = { id, username, email, language, admin: false, first_name: 'Ada', last_name: 'Lovelace' };
    expect(await client.getAccountInfo()).toEqual(expected);
    expect(await client.getAllServers()).toEqual([]);
    expect(await client.getAllServers({ egg: true } as never, undefined, true)).toEqual([]);
    expect(await client.getAllPermissions()).toEqual({ permissions: {} });
    expect(await connect({ token: 'wrong' }).testAPI(false)).toBe(false);
    expect(await refusal(connect({ token: 'wrong' }).getAccountInfo())).toEqual([401, 'Unauthenticated.']);
  });

  test('changes the e-mail address, and reads the refusal', async () => {
    const person = await gateway.createPerson();
    const client = connect(person);
    const wrong = [400, 'The password provided was invalid for this account.'];
    expect(await refusal(client.updateEmail('other@example.com', 'wrong'))).toEqual(wrong);
    const invalid = [422, 'The email must be a valid email address.'];
    expect(await refusal(client.updateEmail('nonsense', person.password))).toEqual(invalid);
    expect(await client.updateEmail(`new.${person.email}`, person.password)).toBe('Successfully updated email!');
    expect((await client.getAccountInfo()).email).toBe(`new.${person.email}`);
  });

  test('changes the password, and reads the refusal', async () => {
    const person = await gateway.createPerson();
    const client = connect(person);
    const short = [422, 'The password must be at least 8 characters.'];
    expect(await refusal(client.updatePassword(person.password, 'short'))).toEqual(short);
    expect(await client.updatePassword(person.password, 'battery staple')).toBe('Successfully updated password!');
    const wrong = [400, 'The password provided was invalid for this account.'];
    expect(await refusal(client.updatePassword(person.password, 'battery staple'))).toEqual(wrong);
  });

  test('reads the two-factor secret; its requests to enable and disable are those before 1.11.8', async () => {
    const person = await gateway.createPerson();
    const client = connect(person);
    expect(await client.getAccount2FADetails()).toMatch(/^data:image\/png;base64,/);
    const other = await panel.createPerson();
    expect(await connect(other, panelOrigin).getAccount2FADetails()).toMatch(/^otpauth:\/\/totp\//);
    const { secret } = (await gateway.rest('GET', '/account/two-factor', person)).body.data;
    const missing = [422, 'The password field is required.'];
    expect(await refusal(client.enable2FA(codeFor(secret, gateway.clock.now())))).toEqual(missing);
    await turnOn(person, secret);
    const on = [400, 'Two-factor authentication is already enabled on this account.'];
    expect(await refusal(client.getAccount2FADetails())).toEqual(on);
    const gone = 'The DELETE method is not supported for route api/client/account/two-factor. Supported methods: GET, HEAD, POST.';
    expect(await refusal(new accountMethods(client).disable2FA(person.password))).toEqual([405, gone]);
  });

  test('creates, lists and deletes API keys', async () => {
    const person = await gateway.createPerson();
    const client = connect(person);
    const { attributes, meta } = await client.createApiKey('from jspteroapi', ['127.0.0.1']);
    expect(attributes).toEqual({
      identifier: expect.stringMatching(/^ptlc_\w{11}$/),
      description: 'from jspteroapi',
      allowed_ips: ['127.0.0.1'],
      last_used_at: null,
      created_at: '2026-03-01T12:00:00+00:00',
    });
    const second = connect({ token: attributes.identifier + meta?.secret_token });
    expect((await second.getAccountInfo()).id).toBe(person.id);
    const listed = await client.getAllApiKeys();
    expect(listed.map((key) => key.attributes.identifier)).toEqual([person.identifier, attributes.identifier]);
    expect(await client.deleteApiKey(attributes.identifier)).toBe('Successfully deleted api key!');
    expect(await refusal(second.getAccountInfo())).toEqual([401, 'Unauthenticated.']);
    const unknown = [404, 'The requested resource could not be found on the server.'];
    expect(await refusal(client.deleteApiKey(attributes.identifier))).toEqual(unknown);
    const nowhere = [422, '"nowhere" is not a valid IP address or CIDR range.'];
    expect(await refusal(client.createApiKey('x', ['nowhere']))).toEqual(nowhere);
  });
});
