import { create } from 'qrcode';
import { describe, expect, test } from 'vitest';
import { codeFor, type Person, startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';

const gateway = await startGateway();

const readByRest = async (person: Person): Promise<string> => (await gateway.rest('GET', '/account/two-factor', person)).body.data.secret;
const readByGraphql = async (person: Person): Promise<string> =>
  (await gateway.graphql('{ viewer { twoFactorSetup { secret } } }', {}, person)).data.viewer.twoFactorSetup.secret;

const enableByRest = (person: Person, body: object) => gateway.rest('POST', '/account/two-factor', { ...person, body });
const enableByGraphql = (person: Person, input: Record<string, unknown>) =>
  gateway.mutate('enableTwoFactor', input, 'recoveryTokens', person);
const stored = (person: Person) => gateway.db.twoFactor.findUnique({ where: { accountId: person.id } });

describe('a pending secret', () => {
  test('has 160 bits in base32, and stays the same in both APIs and in aliases', async () => {
    const person = await gateway.createPerson();
    const secret = await readByRest(person);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect([await readByRest(person), await readByGraphql(person), await readByGraphql(person)]).toEqual([secret, secret, secret]);
    const query = '{ a: viewer { twoFactorSetup { secret } } b: viewer { x: twoFactorSetup { secret } y: twoFactorSetup { secret } } }';
    const { a, b } = (await gateway.graphql(query, {}, person)).data;
    expect([a.twoFactorSetup.secret, b.x.secret, b.y.secret]).toEqual([secret, secret, secret]);
  });

  test('is one secret for ten first reads at once through both APIs', async () => {
    const person = await gateway.createPerson();
    const reads = Array.from({ length: 10 }, (_, index) => (index % 2 ? readByRest(person) : readByGraphql(person)));
    expect(new Set(await Promise.all(reads)).size).toBe(1);
  });

  test('differs for each account', async () => {
    expect(await readByRest(await gateway.createPerson())).not.toBe(await readByRest(await gateway.createPerson()));
  });

  test('is replaced after 15 minutes, and its codes are refused from then on', async () => {
    const person = await gateway.createPerson();
    const query = '{ viewer { twoFactorSetup { secret expiresAt } } }';
    const { secret, expiresAt } = (await gateway.graphql(query, {}, person)).data.viewer.twoFactorSetup;
    expect(Date.parse(expiresAt) - gateway.clock.now().getTime()).toBe(15 * 60_000);
    gateway.clock.advance(15 * 60 - 1);
    expect([await readByRest(person), await readByGraphql(person)]).toEqual([secret, secret]);
    gateway.clock.advance(1);
    const input = { code: codeFor(secret, gateway.clock.now()), password: person.password };
    expect(await enableByGraphql(person, input)).toMatchObject({ code: 'TWO_FACTOR_SETUP_MISSING' });
    expect((await enableByRest(person, input)).status).toBe(422);
    const next = await readByRest(person);
    expect(next).not.toBe(secret);
    expect(await readByGraphql(person)).toBe(next);
  });

  test('is encrypted in the database, before and after it is confirmed', async () => {
    const person = await gateway.createPerson();
    const secret = await readByRest(person);
    const pending = () => gateway.db.twoFactorSetup.findFirst({ where: { accountId: person.id } });
    const before = JSON.stringify(await pending());
    await gateway.enableTwoFactor(person);
    const after = await stored(person);
    expect(await pending()).toBeNull();
    for (const row of [before, JSON.stringify(after)]) {
      expect(row).toMatch(/"v1\.[0-9a-f]{8}\.[\w-]+"/);
      expect(row).not.toContain(secret);
    }
  });

  test('has a PNG of its address with every module of the QR code', async () => {
    const person = await gateway.createPerson();
    const { twoFactorSetup } = (await gateway.graphql('{ viewer { twoFactorSetup { uri qrCode } } }', {}, person)).data.viewer;
    const [type, base64 = ''] = twoFactorSetup.qrCode.split(',');
    const png = Buffer.from(base64, 'base64');
    expect(type).toBe('data:image/png;base64');
    expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    expect(png.subarray(12, 16).toString()).toBe('IHDR');
    expect(png.subarray(-8, -4).toString()).toBe('IEND');
    const quietZone = 8;
    const modules = create(twoFactorSetup.uri, { errorCorrectionLevel: 'M' }).modules.size + quietZone;
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect([height, width % modules]).toEqual([width, 0]);
    expect(width / modules).toBeGreaterThanOrEqual(3);
  });

  test('has an address with the issuer and the e-mail address', async () => {
    const person = await gateway.createPerson({ email: `a+ü'b/c?d=e&f@${Date.now()}.example` });
    const { uri, secret } = (await gateway.graphql('{ viewer { twoFactorSetup { uri secret } } }', {}, person)).data.viewer.twoFactorSetup;
    const { protocol, host, pathname, searchParams } = new URL(uri);
    expect([protocol, host, decodeURIComponent(pathname)]).toEqual(['otpauth:', 'totp', `/Account Gateway:${person.email}`]);
    expect([searchParams.get('secret'), searchParams.get('issuer')]).toEqual([secret, 'Account Gateway']);
  });

  // 191 letters of four bytes each make an address that is too long for a QR code, and the answer was 500.
  test('has a QR code also where the e-mail address is too long for one', async () => {
    const person = await gateway.createPerson();
    // An address that an earlier release accepted.
    await gateway.db.account.update({ where: { id: person.id }, data: { email: `${'𐐷'.repeat(189)}@a` } });
    const rest = await gateway.rest('GET', '/account/two-factor', person);
    expect([rest.status, rest.body.data.image_url_data.slice(0, 22)]).toEqual([200, 'data:image/png;base64,']);
    const { data } = await gateway.graphql('{ viewer { twoFactorSetup { uri qrCode } } }', {}, person);
    expect(data.viewer.twoFactorSetup.uri).toContain(`:${person.username}?`);
  });
});

describe('enabling two-factor authentication', () => {
  test('succeeds once of ten requests with one code through both APIs, and creates exactly ten tokens', async () => {
    const person = await gateway.createPerson();
    const input = { code: codeFor(await readByRest(person), gateway.clock.now()), password: person.password };
    const attempts = Array.from({ length: 10 }, async (_, index) =>
      index % 2 ? (await enableByRest(person, input)).status === 200 : 'recoveryTokens' in (await enableByGraphql(person, input)),
    );
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    expect(await gateway.db.recoveryToken.count({ where: { accountId: person.id } })).toBe(10);
    expect(await gateway.db.activity.count({ where: { accountId: person.id, event: 'user:two-factor.create' } })).toBe(1);
  });

  test('checks the password first, then the setup, then the code', async () => {
    const person = await gateway.createPerson();
    const nothing = { code: '000000', password: person.password };
    expect(await enableByGraphql(person, nothing)).toMatchObject({ __typename: 'TwoFactorSetupMissing' });
    expect((await enableByRest(person, nothing)).body.errors[0].status).toBe('422');
    const code = codeFor(await readByRest(person), gateway.clock.now());
    expect(await enableByGraphql(person, { code, password: 'wrong' })).toMatchObject({ __typename: 'IncorrectPassword' });
    expect((await enableByRest(person, { code, password: 'wrong' })).body).toEqual({
      errors: [{ code: 'BadRequestHttpException', status: '400', detail: 'The password provided was not valid.' }],
    });
    const other = { code: codeFor('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', gateway.clock.now()), password: person.password };
    expect(await enableByGraphql(person, other)).toMatchObject({ __typename: 'InvalidCode' });
    const refused = await enableByRest(person, other);
    expect([refused.status, refused.body.errors[0].code]).toEqual([400, 'TwoFactorAuthenticationTokenInvalid']);
    expect(await stored(person)).toBeNull();
    expect(await gateway.db.recoveryToken.count({ where: { accountId: person.id } })).toBe(0);
  });

  test('ends every session and keeps every API key', async () => {
    const person = await gateway.createPerson();
    await insertSession(gateway, person);
    await gateway.enableTwoFactor(person);
    expect(await gateway.db.session.count({ where: { accountId: person.id } })).toBe(0);
    expect((await gateway.rest('GET', '/account', person)).status).toBe(200);
  });

  test('is refused when it is enabled already, and no answer has the active secret', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    gateway.clock.advance(60);
    const input = { code: codeFor(secret, gateway.clock.now()), password: person.password };
    expect(await enableByGraphql(person, input)).toMatchObject({ __typename: 'TwoFactorAlreadyEnabled' });
    const read = await gateway.rest('GET', '/account/two-factor', person);
    expect([read.status, read.body.errors[0].detail]).toEqual([400, 'Two-factor authentication is already enabled on this account.']);
    expect((await gateway.graphql('{ viewer { twoFactorSetup { secret } } }', {}, person)).data.viewer.twoFactorSetup).toBeNull();
  });
});

describe('disabling two-factor authentication', () => {
  test('requires the password, and deletes the secret, the tokens and every session', async () => {
    for (const disable of [
      async (person: Person, password: string) =>
        (await gateway.rest('POST', '/account/two-factor/disable', { ...person, body: { password } })).status === 204,
      async (person: Person, password: string) =>
        (await gateway.mutate('disableTwoFactor', { password }, 'viewer { id }', person)).__typename === 'DisableTwoFactorPayload',
    ]) {
      const person = await gateway.createPerson();
      await gateway.enableTwoFactor(person);
      await insertSession(gateway, person);
      expect(await disable(person, 'wrong')).toBe(false);
      expect([await gateway.db.recoveryToken.count({ where: { accountId: person.id } }), (await stored(person))?.secret]).toEqual([
        10,
        expect.stringMatching(/^v1\./),
      ]);
      expect(await disable(person, person.password)).toBe(true);
      expect(await stored(person)).toBeNull();
      expect(await gateway.db.recoveryToken.count({ where: { accountId: person.id } })).toBe(0);
      expect(await gateway.db.session.count({ where: { accountId: person.id } })).toBe(0);
    }
  });

  test('that is not enabled is 204 in REST and a refusal in GraphQL, and changes nothing', async () => {
    const person = await gateway.createPerson();
    const input = { password: person.password };
    expect((await gateway.rest('POST', '/account/two-factor/disable', { ...person, body: input })).status).toBe(204);
    for (const name of ['disableTwoFactor', 'regenerateRecoveryTokens']) {
      expect(await gateway.mutate(name, input, 'viewer { id }', person)).toMatchObject({ __typename: 'TwoFactorNotEnabled' });
    }
  });

  test('keeps a pending secret', async () => {
    const person = await gateway.createPerson();
    const secret = await readByRest(person);
    await gateway.rest('POST', '/account/two-factor/disable', { ...person, body: { password: person.password } });
    expect(await readByRest(person)).toBe(secret);
  });
});
