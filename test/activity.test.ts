import { describe, expect, test } from 'vitest';
import { codeFor, type Person, startGateway, type TestGateway } from './harness.ts';
import { insertSession } from './sessions.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway();
const line = makeSshLine();

type Run = (at: TestGateway, person: Person, password: string) => Promise<boolean>;
type Verb = {
  event: string;
  properties?: object;
  prepare?: (at: TestGateway, person: Person) => Promise<unknown>;
  rest?: Run;
  graphql?: Run;
};

const rest = async (at: TestGateway, person: Person, method: string, path: string, body?: object) =>
  (await at.rest(method, path, { ...person, ...(body ? { body } : {}) })).status < 300;
const graphql = async (at: TestGateway, person: Person, name: string, input: object) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const document = `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename } }`;
  return (await at.graphql(document, { input }, person)).data?.[name]?.__typename === `${type}Payload`;
};
const freshCode = async (at: TestGateway, person: Person) => {
  const { body } = await at.rest('GET', '/account/two-factor', person);
  return codeFor(body.data.secret, at.clock.now());
};
const turnOn = async (at: TestGateway, person: Person) => {
  const code = await freshCode(at, person);
  await at.rest('POST', '/account/two-factor', { ...person, body: { code, password: person.password } });
};
const addKey = (at: TestGateway, person: Person) =>
  at.rest('POST', '/account/ssh-keys', { ...person, body: { name: 'x', public_key: line } });
const addedFingerprint = { fingerprint: expect.stringMatching(/^[\w+/]{43}$/) };
const nextPassword = 'the next one';

/** Every change that can be made, with what it leaves behind. A wrong password, or a wrong identifier, leaves nothing. */
const verbs: Record<string, Verb> = {
  updateEmail: {
    event: 'user:account.email-changed',
    properties: { old: expect.stringContaining('@'), new: expect.stringMatching(/^new\./) },
    rest: (at, person, password) => rest(at, person, 'PUT', '/account/email', { email: `new.${person.email}`, password }),
    graphql: (at, person, password) => graphql(at, person, 'updateEmail', { email: `new.${person.email}`, password }),
  },
  updateUsername: {
    event: 'user:account.username-changed',
    properties: { old: expect.stringMatching(/^u/), new: expect.stringMatching(/^new\./) },
    rest: (at, person, password) => rest(at, person, 'PUT', '/account/username', { username: `new.${person.username}`, password }),
  },
  updatePassword: {
    event: 'user:account.password-changed',
    rest: (at, person, password) => {
      const body = { current_password: password, password: nextPassword, password_confirmation: nextPassword };
      return rest(at, person, 'PUT', '/account/password', body);
    },
    graphql: (at, person, password) => graphql(at, person, 'updatePassword', { currentPassword: password, newPassword: nextPassword }),
  },
  enableTwoFactor: {
    event: 'user:two-factor.create',
    rest: async (at, person, password) => rest(at, person, 'POST', '/account/two-factor', { code: await freshCode(at, person), password }),
    graphql: async (at, person, password) => graphql(at, person, 'enableTwoFactor', { code: await freshCode(at, person), password }),
  },
  disableTwoFactor: {
    event: 'user:two-factor.delete',
    prepare: turnOn,
    rest: (at, person, password) => rest(at, person, 'POST', '/account/two-factor/disable', { password }),
    graphql: (at, person, password) => graphql(at, person, 'disableTwoFactor', { password }),
  },
  regenerateRecoveryTokens: {
    event: 'user:two-factor.recovery-tokens-regenerated',
    prepare: turnOn,
    graphql: (at, person, password) => graphql(at, person, 'regenerateRecoveryTokens', { password }),
  },
  createApiKey: {
    event: 'user:api-key.create',
    properties: { identifier: expect.stringMatching(/^ptlc_/) },
    rest: (at, person, password) => rest(at, person, 'POST', '/account/api-keys', { description: password === person.password ? 'x' : '' }),
    graphql: (at, person, password) => graphql(at, person, 'createApiKey', { description: password === person.password ? 'x' : '' }),
  },
  deleteApiKey: {
    event: 'user:api-key.delete',
    properties: { identifier: expect.stringMatching(/^ptlc_/) },
    rest: async (at, person, password) => rest(at, person, 'DELETE', `/account/api-keys/${await keyToDelete(at, person, password)}`),
    graphql: async (at, person, password) => graphql(at, person, 'deleteApiKey', { identifier: await keyToDelete(at, person, password) }),
  },
  addSshKey: {
    event: 'user:ssh-key.create',
    properties: addedFingerprint,
    rest: (at, person, password) =>
      rest(at, person, 'POST', '/account/ssh-keys', { name: 'x', public_key: password === person.password ? line : 'hodor' }),
    graphql: (at, person, password) =>
      graphql(at, person, 'addSshKey', { name: 'x', publicKey: password === person.password ? line : 'hodor' }),
  },
  removeSshKey: {
    event: 'user:ssh-key.delete',
    properties: addedFingerprint,
    prepare: addKey,
    rest: async (at, person, password) => {
      const fingerprint = password === person.password ? await addedKey(at, person) : '';
      return rest(at, person, 'POST', '/account/ssh-keys/remove', { fingerprint });
    },
    graphql: async (at, person, password) => {
      const fingerprint = password === person.password ? await addedKey(at, person) : 'hodor';
      return graphql(at, person, 'removeSshKey', { fingerprint });
    },
  },
};
const cases = Object.entries(verbs).flatMap(([name, { rest, graphql, ...verb }]) =>
  Object.entries({ ...(rest ? { REST: rest } : {}), ...(graphql ? { GraphQL: graphql } : {}) }).map(([door, run]) => ({
    name,
    door,
    run,
    ...verb,
  })),
);

describe('a change leaves its row', () => {
  test.each(cases)('$name through $door: one $event', async ({ event, properties = {}, prepare, run }) => {
    const person = await gateway.createPerson();
    await prepare?.(gateway, person);
    const before = await lastId(gateway);
    expect(await run(gateway, person, person.password)).toBe(true);
    const rows = await gateway.db.activity.findMany({ where: { id: { gt: before } } });
    const who = { accountId: person.id, actorId: person.id, apiKeyIdentifier: person.identifier, ip: '127.0.0.1' };
    expect(rows).toEqual([expect.objectContaining({ event, properties, ...who, occurredAt: gateway.clock.now() })]);
  });

  test.each(cases)('$name through $door, refused: none', async ({ prepare, run }) => {
    const person = await gateway.createPerson();
    await prepare?.(gateway, person);
    const before = await lastId(gateway);
    expect(await run(gateway, person, 'wrong')).toBe(false);
    expect(await gateway.db.activity.count({ where: { id: { gt: before } } })).toBe(0);
  });

  test('with the program by its own word, cut to what is kept', async () => {
    const person = await gateway.createPerson();
    const ask = { ...person, headers: { 'user-agent': `agent/${'x'.repeat(4000)}` } };
    expect((await gateway.mutate('createApiKey', { description: 'x' }, 'token', ask)).token).toBeDefined();
    const { data } = await gateway.graphql('{ viewer { activity(first: 1) { edges { node { userAgent } } } } }', {}, person);
    expect(data.viewer.activity.edges[0].node.userAgent).toBe(`agent/${'x'.repeat(506)}`);
  });
});

/** A gateway whose database refuses to note anything once it is told to. */
describe('where the row cannot be written', async () => {
  const failing = await startGateway();
  const refuse = async (isOn: boolean) => {
    await failing.db.$executeRawUnsafe(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN ${isOn ? "RAISE EXCEPTION 'no row today'" : 'RETURN NEW'}; END $$`);
  };
  await refuse(false);
  await failing.db.$executeRawUnsafe('CREATE TRIGGER refuse BEFORE INSERT ON activity FOR EACH ROW EXECUTE FUNCTION refuse()');

  test.each(cases)('$name through $door changes nothing, and says nothing of the database', async ({ prepare, run }) => {
    const person = await failing.createPerson();
    await prepare?.(failing, person);
    await failing.rest('GET', '/account/two-factor', person);
    await keyToDelete(failing, person, person.password);
    await insertSession(failing, person);
    const before = await everythingOf(person);
    await refuse(true);
    try {
      expect(await run(failing, person, person.password)).toBe(false);
    } finally {
      await refuse(false);
    }
    expect(await everythingOf(person)).toEqual(before);
  });

  test('the fault is masked in both languages', async () => {
    const person = await failing.createPerson();
    await refuse(true);
    try {
      const byRest = await failing.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } });
      const byGraphql = await failing.graphql('mutation { createApiKey(input: { description: "x" }) { __typename } }', {}, person);
      expect([byRest.status, byGraphql.status, byGraphql.errors?.[0]?.extensions['code']]).toEqual([500, 500, 'INTERNAL']);
      expect(JSON.stringify([byRest.body, byGraphql.data, byGraphql.errors])).not.toMatch(/no row today|prisma|activity|insert|at \w+ \(/i);
    } finally {
      await refuse(false);
    }
  });

  async function everythingOf({ id }: Person) {
    const where = { accountId: id };
    const { db } = failing;
    return [
      await db.account.findUnique({ where: { id } }),
      await db.twoFactor.findMany({ where }),
      await db.recoveryToken.findMany({ where }),
      (await db.apiKey.findMany({ where })).map(({ identifier }) => identifier),
      await db.sshKey.findMany({ where }),
      await db.session.findMany({ where }),
      await db.activity.count({ where }),
    ];
  }
});

async function lastId(at: TestGateway): Promise<bigint> {
  return (await at.db.activity.findFirst({ orderBy: { id: 'desc' } }))?.id ?? 0n;
}

async function addedKey(at: TestGateway, person: Person): Promise<string> {
  return (await at.db.sshKey.findFirstOrThrow({ where: { accountId: person.id } })).fingerprint;
}

/** The identifier of a key that is not the one in use; one that never was when the password is wrong. Leaves no row. */
async function keyToDelete(at: TestGateway, person: Person, password: string): Promise<string> {
  if (password !== person.password) return 'ptlc_00000000000';
  const identifier = `ptlc_${String(person.id).padStart(11, '0')}`;
  const data = { accountId: person.id, identifier, secretHash: Buffer.alloc(32), description: 'x', createdAt: at.clock.now() };
  await at.db.apiKey.createMany({ data: [data], skipDuplicates: true });
  return identifier;
}
