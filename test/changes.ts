import { expect } from 'vitest';
import { codeFor, type Person, type TestGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

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

/** Each change through each of its doors. */
export const changes = Object.entries(verbs).flatMap(([name, { rest, graphql, ...verb }]) =>
  Object.entries({ ...(rest ? { REST: rest } : {}), ...(graphql ? { GraphQL: graphql } : {}) }).map(([door, run]) => ({
    name,
    door,
    run,
    ...verb,
  })),
);

async function addedKey(at: TestGateway, person: Person): Promise<string> {
  return (await at.db.sshKey.findFirstOrThrow({ where: { accountId: person.id } })).fingerprint;
}

/** The identifier of a key that is not the one in use; one that never was when the password is wrong. Leaves no row. */
export async function keyToDelete(at: TestGateway, person: Person, password: string): Promise<string> {
  if (password !== person.password) return 'ptlc_00000000000';
  const identifier = `ptlc_${String(person.id).padStart(11, '0')}`;
  const data = { accountId: person.id, identifier, secretHash: Buffer.alloc(32), description: 'x', createdAt: at.clock.now() };
  await at.db.apiKey.createMany({ data: [data], skipDuplicates: true });
  return identifier;
}
