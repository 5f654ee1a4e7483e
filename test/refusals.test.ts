import { afterEach, describe, expect, test } from 'vitest';
import type { RefusalName } from '../src/account/operations.ts';
import { codeFor, type Person, startGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

/** Limits that one more request exceeds. */
const gateway = await startGateway({ env: { LIMIT_API_KEYS: '1', LIMIT_SSH_KEYS: '1', LIMIT_EMAIL_CHANGES_PER_DAY: '1' } });

/** How a refusal is provoked: the preparation, the request to each API, and its answer. */
type Scenario = {
  prepare?: (person: Person) => Promise<unknown>;
  /** Null where REST has no such operation. */
  rest: ((person: Person) => { method: string; path: string; body?: object }) | null;
  /** The HTTP status and the panel's code; the status only where REST does not refuse. */
  answers?: [number, string?];
  graphql: (person: Person) => { mutation: string; input: object };
  /** The credential and the headers of the request; by default the API key of the person. */
  from?: (person: Person) => { token?: string; headers?: Record<string, string> };
  /** For a refusal before any operation: the HTTP status and the code in `errors`. */
  topLevel?: [number, string];
};

const emailChange = (person: Person, email: string, password = person.password) => ({
  rest: { method: 'PUT', path: '/account/email', body: { email, password } },
  graphql: { mutation: 'updateEmail', input: { email, password } },
});
const sshKey = (line: string) => ({
  rest: { method: 'POST', path: '/account/ssh-keys', body: { name: 'x', public_key: line } },
  graphql: { mutation: 'addSshKey', input: { name: 'x', publicKey: line } },
});
const line = makeSshLine();

async function secretOf(person: Person): Promise<string> {
  return (await gateway.rest('GET', '/account/two-factor', person)).body.data.secret;
}

function confirm(code: (person: Person) => string) {
  return {
    rest: (person: Person) => ({
      method: 'POST',
      path: '/account/two-factor',
      body: { code: code(person), password: person.password },
    }),
    graphql: (person: Person) => ({ mutation: 'enableTwoFactor', input: { code: code(person), password: person.password } }),
  };
}

const secrets = new Map<number, string>();
const challenges = new Map<number, string>();
let emptyQueue: () => void = () => undefined;
afterEach(() => emptyQueue());

/** Every refusal. A new one does not compile until it is here. */
const scenarios: Record<RefusalName, Scenario> = {
  InvalidInput: {
    rest: (person) => emailChange(person, 'hodor').rest,
    graphql: (person) => emailChange(person, 'hodor').graphql,
    answers: [422, 'ValidationException'],
  },
  IncorrectPassword: {
    rest: (person) => emailChange(person, 'a@example.org', 'wrong').rest,
    graphql: (person) => emailChange(person, 'a@example.org', 'wrong').graphql,
    answers: [400, 'InvalidPasswordProvidedException'],
  },
  InvalidCode: {
    prepare: secretOf,
    ...confirm(() => codeFor('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', gateway.clock.now())),
    answers: [400, 'TwoFactorAuthenticationTokenInvalid'],
  },
  CodeAlreadyUsed: {
    prepare: async (person) => {
      secrets.set(person.id, (await gateway.enableTwoFactor(person)).secret);
      const { username: login, password } = person;
      const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { ... on TwoFactorRequired { challenge } } }';
      challenges.set(person.id, (await gateway.graphql(document, { input: { login, password } })).data.signIn.challenge);
    },
    rest: confirm((person) => codeFor(secrets.get(person.id) ?? '', gateway.clock.now())).rest,
    graphql: ({ id }) => ({
      mutation: 'completeSignIn',
      input: { challenge: challenges.get(id), answer: { code: codeFor(secrets.get(id) ?? '', gateway.clock.now()) } },
    }),
    answers: [400, 'TwoFactorAuthenticationTokenInvalid'],
  },
  TwoFactorAlreadyEnabled: {
    prepare: (person) => gateway.enableTwoFactor(person),
    rest: () => ({ method: 'GET', path: '/account/two-factor' }),
    graphql: confirm(() => '000000').graphql,
    answers: [400, 'BadRequestHttpException'],
  },
  TwoFactorNotEnabled: {
    rest: ({ password }) => ({ method: 'POST', path: '/account/two-factor/disable', body: { password } }),
    graphql: ({ password }) => ({ mutation: 'disableTwoFactor', input: { password } }),
    answers: [204],
  },
  TwoFactorSetupMissing: { ...confirm(() => '000000'), answers: [422, 'ValidationException'] },
  ApiKeyLimitReached: {
    rest: () => ({ method: 'POST', path: '/account/api-keys', body: { description: 'x' } }),
    graphql: () => ({ mutation: 'createApiKey', input: { description: 'x' } }),
    answers: [400, 'DisplayException'],
  },
  SshKeyLimitReached: {
    prepare: (person) => gateway.rest('POST', '/account/ssh-keys', { ...person, body: sshKey(makeSshLine()).rest.body }),
    rest: () => sshKey(line).rest,
    graphql: () => sshKey(line).graphql,
    answers: [400, 'DisplayException'],
  },
  SshKeyAlreadyAdded: {
    prepare: (person) => gateway.rest('POST', '/account/ssh-keys', { ...person, body: sshKey(line).rest.body }),
    rest: () => sshKey(line).rest,
    graphql: () => sshKey(line).graphql,
    answers: [422, 'ValidationException'],
  },
  NotFound: {
    rest: () => ({ method: 'DELETE', path: '/account/api-keys/ptlc_00000000000' }),
    graphql: () => ({ mutation: 'deleteApiKey', input: { identifier: 'ptlc_00000000000' } }),
    answers: [404, 'NotFoundHttpException'],
  },
  RateLimited: {
    prepare: (person) => gateway.rest('PUT', '/account/email', { ...person, body: emailChange(person, `1.${person.email}`).rest.body }),
    rest: (person) => emailChange(person, `2.${person.email}`).rest,
    graphql: (person) => emailChange(person, `2.${person.email}`).graphql,
    answers: [429, 'TooManyRequestsHttpException'],
  },
  InvalidCredentials: {
    rest: null,
    graphql: ({ username }) => ({ mutation: 'signIn', input: { login: username, password: 'wrong' } }),
  },
  Overloaded: {
    prepare: async () => {
      emptyQueue = fillQueue();
    },
    rest: (person) => emailChange(person, 'a@example.org').rest,
    graphql: (person) => emailChange(person, 'a@example.org').graphql,
    answers: [503, 'ServiceUnavailableHttpException'],
  },
  CrossSite: {
    from: () => ({ headers: { cookie: 'gateway_session_4000=x', origin: 'https://elsewhere.example' } }),
    rest: () => ({ method: 'POST', path: '/account/api-keys', body: { description: 'x' } }),
    graphql: () => ({ mutation: 'createApiKey', input: { description: 'x' } }),
    answers: [403, 'AccessDeniedHttpException'],
    topLevel: [403, 'FORBIDDEN'],
  },
  SessionRequired: {
    rest: null,
    graphql: () => ({ mutation: 'revokeSession', input: { id: 'x' } }),
    topLevel: [200, 'FORBIDDEN'],
  },
  Unauthenticated: {
    prepare: ({ identifier }) => gateway.db.apiKey.delete({ where: { identifier } }),
    rest: () => ({ method: 'GET', path: '/account' }),
    graphql: () => ({ mutation: 'deleteApiKey', input: { identifier: 'x' } }),
    answers: [401, 'AuthenticationException'],
    topLevel: [401, 'UNAUTHENTICATED'],
  },
  AddressNotAllowed: {
    prepare: ({ identifier }) => gateway.db.apiKey.update({ where: { identifier }, data: { allowedIps: ['192.0.2.7'] } }),
    rest: () => ({ method: 'GET', path: '/account' }),
    graphql: () => ({ mutation: 'deleteApiKey', input: { identifier: 'x' } }),
    answers: [403, 'AccessDeniedHttpException'],
    topLevel: [403, 'FORBIDDEN'],
  },
};

/** Fills the queue in which passwords are hashed. @returns the function that empties it. */
function fillQueue(): () => void {
  const held = Promise.withResolvers<void>();
  for (let piece = 0; piece < 1_000; piece += 1) gateway.tools.hashing.run(() => held.promise).catch(() => undefined);
  return held.resolve;
}

describe('a refusal', () => {
  test.each(Object.entries(scenarios))(
    '%s is answered by REST with the sentence of the panel',
    async (_name, { prepare, rest, answers, from }) => {
      if (!rest || !answers) return;
      const person = await gateway.createPerson();
      await prepare?.(person);
      const { method, path, body } = rest(person);
      const answer = await gateway.rest(method, path, { ...(from ?? keyOf)(person), ...(body ? { body } : {}) });
      const [status, code] = answers;
      expect([answer.status, answer.body?.errors[0].code]).toEqual([status, code]);
      if (code === undefined) return;
      expect(answer.headers.get('content-type')).toBe('application/json');
      for (const error of answer.body.errors) {
        expect(error).toEqual({ code, status: String(status), detail: expect.stringMatching(/^[A-Z"].+\.$/), ...metaOf(error) });
      }
    },
  );

  test.each(Object.entries(scenarios))(
    '%s is answered by GraphQL with a type and a code',
    async (name, { prepare, graphql, topLevel, from }) => {
      const person = await gateway.createPerson();
      await prepare?.(person);
      const { mutation, input } = graphql(person);
      const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
      const document = `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename ... on Error { code message } } }`;
      const answer = await gateway.graphql(document, { input }, (from ?? keyOf)(person));
      if (topLevel) {
        expect([answer.status, answer.errors?.map(({ extensions }) => extensions['code'])]).toEqual([topLevel[0], [topLevel[1]]]);
        expect(answer.data).toBeFalsy();
      } else {
        const code = name.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
        expect([answer.status, answer.errors]).toEqual([200, undefined]);
        expect(answer.data[mutation]).toEqual({ __typename: name, code, message: expect.stringMatching(/^[A-Z].+\.$/) });
      }
    },
  );
});

function keyOf({ token }: Person) {
  return { token };
}

function metaOf({ meta }: { meta?: object }) {
  return meta ? { meta: { source_field: expect.any(String), rule: expect.any(String) } } : {};
}
