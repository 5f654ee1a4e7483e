import { describe, expect, test } from 'vitest';
import { codeFor, type Person, startGateway, type TestGateway } from './harness.ts';

const documented = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const panel = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0', REST_DIALECT: 'panel' } });

type Caller = { readonly token?: string; readonly headers?: Record<string, string> };

async function signIn(at: TestGateway, { username: login, password }: Person): Promise<Caller> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  const { headers } = await at.graphql(query, { input: { login, password } });
  return {
    headers: {
      cookie: headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; '),
    },
  };
}

async function createKey(at: TestGateway, caller: Caller): Promise<Caller> {
  return { token: (await at.mutate('createApiKey', { description: 'x' }, 'token', caller)).token };
}

const readByRest = (at: TestGateway, caller: Caller) => at.rest('GET', '/account/two-factor', caller);
const readByGraphql = (at: TestGateway, caller: Caller) => at.graphql('{ viewer { twoFactorSetup { secret uri } } }', {}, caller);

/** The secret of a caller, which both APIs give. */
async function secretOf(at: TestGateway, caller: Caller): Promise<string> {
  const { secret } = (await readByGraphql(at, caller)).data.viewer.twoFactorSetup;
  expect((await readByRest(at, caller)).body.data.secret).toBe(secret);
  return secret;
}

const enableByRest = async (at: TestGateway, caller: Caller, body: object) => {
  const { status, body: answer } = await at.rest('POST', '/account/two-factor', { ...caller, body });
  return status === 200 ? 'enabled' : `${status} ${answer.errors[0].code}`;
};
const enableByGraphql = async (at: TestGateway, caller: Caller, input: Record<string, unknown>) => {
  const { __typename } = await at.mutate('enableTwoFactor', input, 'recoveryTokens', caller);
  return __typename === 'EnableTwoFactorPayload' ? 'enabled' : __typename;
};

// A stolen key could read the secret that its owner was about to confirm, and make its codes from then on.
describe.each([
  ['documented', documented],
  ['panel', panel],
])('a pending two-factor secret, in the dialect %s', (_dialect, at) => {
  /** The owner in two browsers, and two API keys. */
  async function createCallers() {
    const person = await at.createPerson();
    const key: Caller = { token: person.token };
    const callers = [await signIn(at, person), await signIn(at, person), key, await createKey(at, key)] as const;
    return { person, callers };
  }

  test('is another one for each session and each API key, and no answer has that of another', async () => {
    const { callers } = await createCallers();
    const secrets = await Promise.all(callers.map((caller) => secretOf(at, caller)));
    expect(new Set(secrets).size).toBe(4);
    expect(await Promise.all(callers.map((caller) => secretOf(at, caller)))).toEqual(secrets);
    for (const [index, caller] of callers.entries()) {
      const texts = [(await readByRest(at, caller)).text, JSON.stringify(await readByGraphql(at, caller))].join();
      expect(secrets.filter((secret) => texts.includes(secret))).toEqual([secrets[index]]);
    }
  });

  test.each([
    ['REST', enableByRest, '400 TwoFactorAuthenticationTokenInvalid', '422 ValidationException'],
    ['GraphQL', enableByGraphql, 'InvalidCode', 'TwoFactorSetupMissing'],
  ] as const)('is confirmed by %s with the credential that asked for it only', async (_api, enable, wrongCode, missing) => {
    const { person, callers } = await createCallers();
    const [owner, other, stolen, unused] = callers;
    const [secret, theirs] = [await secretOf(at, owner), await secretOf(at, stolen)];
    const confirm = (of: string) => ({ code: codeFor(of, at.clock.now()), password: person.password });
    expect(await enable(at, stolen, confirm(secret))).toBe(wrongCode);
    expect(await enable(at, owner, confirm(theirs))).toBe(wrongCode);
    for (const caller of [other, unused]) expect(await enable(at, caller, confirm(secret))).toBe(missing);
    expect(await enable(at, owner, confirm(secret))).toBe('enabled');
    expect((await at.graphql('{ viewer { twoFactor { enabled } } }', {}, stolen)).data.viewer.twoFactor.enabled).toBe(true);
    at.clock.advance(60);
    const { username: login, password } = person;
    const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { ... on TwoFactorRequired { challenge } } }';
    const { challenge } = (await at.graphql(document, { input: { login, password } })).data.signIn;
    const complete = 'mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { __typename ... on Error { code } } }';
    const answer = async (of: string) => {
      const input = { challenge, answer: { code: codeFor(of, at.clock.now()) } };
      return (await at.graphql(complete, { input })).data.completeSignIn;
    };
    expect(await answer(theirs)).toMatchObject({ code: 'INVALID_CODE' });
    expect(await answer(secret)).toEqual({ __typename: 'CompleteSignInPayload' });
  });

  test('ends with its session and with its API key', async () => {
    const { person, callers } = await createCallers();
    const [session, , key] = callers;
    for (const caller of callers) await secretOf(at, caller);
    const count = () => at.db.twoFactorSetup.count({ where: { accountId: person.id } });
    expect(await count()).toBe(4);
    await at.graphql('mutation { signOut { __typename } }', {}, session);
    expect(await count()).toBe(3);
    expect((await at.rest('DELETE', `/account/api-keys/${person.identifier}`, key)).status).toBe(204);
    expect(await count()).toBe(2);
  });

  test('of an ended credential is not made: the read is 401', async () => {
    const person = await at.createPerson();
    const reads = Array.from({ length: 6 }, async (_, index) => {
      if (index === 2) await at.rest('DELETE', `/account/api-keys/${person.identifier}`, person);
      return (await readByRest(at, person)).status;
    });
    for (const status of await Promise.all(reads)) expect([200, 401]).toContain(status);
    expect(await at.db.twoFactorSetup.count({ where: { accountId: person.id } })).toBe(0);
  });
});

describe('used time steps', () => {
  test('are counted for each secret: a new secret accepts a code of the step at which another was confirmed', async () => {
    const person = await documented.createPerson();
    const confirm = async () => {
      const secret = await secretOf(documented, person);
      const input = { code: codeFor(secret, documented.clock.now()), password: person.password };
      expect(await enableByGraphql(documented, person, input)).toBe('enabled');
      return input;
    };
    const used = await confirm();
    expect(await enableByRest(documented, person, used)).toBe('400 TwoFactorAuthenticationTokenInvalid');
    await documented.mutate('disableTwoFactor', { password: person.password }, 'viewer { id }', person);
    const again = await confirm();
    expect(again.code).not.toBe(used.code);
    expect(await enableByRest(documented, person, again)).toBe('400 TwoFactorAuthenticationTokenInvalid');
  });
});
