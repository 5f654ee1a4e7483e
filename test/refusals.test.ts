import { afterEach, describe, expect, test } from 'vitest';
import type { Actor, Visitor } from '../src/account/actor.ts';
import { authenticateApiKey } from '../src/account/api-keys/authenticate.ts';
import type { RefusalName } from '../src/account/operations.ts';
import { type Person, startGateway } from './harness.ts';
import { cases, env } from './operation-cases.ts';
import { emptyQueue, type Prepare } from './preparations.ts';

const gateway = await startGateway({ env });
const from = { ip: '127.0.0.1', network: '127.0.0.1', isAddressCertain: true, userAgent: null };
const browser = { requestId: null, sessionToken: null, deviceToken: null, beginCommit: () => undefined };
const visitor: Visitor = { tools: gateway.tools, now: gateway.tools.now, ...from, ...browser };
afterEach(emptyQueue);

type Send = { method: string; path: string; body?: object };
type Input = Record<string, string>;

/** The request to REST for the input of an operation. */
const requests = {
  updateEmail: (body: Input): Send => ({ method: 'PUT', path: '/account/email', body }),
  enableTwoFactor: (body: Input): Send => ({ method: 'POST', path: '/account/two-factor', body }),
  disableTwoFactor: (body: Input): Send => ({ method: 'POST', path: '/account/two-factor/disable', body }),
  createApiKey: (body: Input): Send => ({ method: 'POST', path: '/account/api-keys', body }),
  deleteApiKey: ({ identifier }: Input): Send => ({ method: 'DELETE', path: `/account/api-keys/${identifier}` }),
  addSshKey: ({ name, publicKey }: Input): Send => ({ method: 'POST', path: '/account/ssh-keys', body: { name, public_key: publicKey } }),
};

/** How a refusal is provoked, and how each API answers it. */
type Scenario = {
  prepare: Prepare;
  /** The request to REST, and its HTTP status with the code of the panel; the status only where REST does not refuse. */
  rest: { send: (input: Input) => Send; status: number; code?: string; prepare?: Prepare } | null;
  mutation: string;
  /** The credential and the headers of the request; by default the API key of the person. */
  credential?: { token?: string; headers?: Record<string, string> };
  /** For a refusal before any operation: the HTTP status and the code in `errors`. */
  topLevel?: [number, string];
};

/** The refusal of an operation as its cases provoke it. */
const refused = (operation: keyof typeof requests, prepare: Prepare, status: number, code?: string): Scenario => ({
  prepare,
  rest: { send: requests[operation], status, ...(code ? { code } : {}) },
  mutation: operation,
});

const { updateEmail, enableTwoFactor, enableOrRenewTwoFactor, disableTwoFactor, addSshKey, completeSignIn } = cases;
const wrongPassword = { email: 'a@example.org', password: 'wrong' };
const wrongCode = 'TwoFactorAuthenticationTokenInvalid';
const readAccount = () => ({ method: 'GET', path: '/account' });

/** Every refusal; a lost COMMIT has tests of its own. A new one does not compile until it is here. */
const scenarios: Record<Exclude<RefusalName, 'OutcomeUnknown'>, Scenario> = {
  InvalidInput: refused('updateEmail', updateEmail.refusals.InvalidInput, 422, 'ValidationException'),
  IncorrectPassword: refused('updateEmail', () => wrongPassword, 400, 'InvalidPasswordProvidedException'),
  InvalidCode: refused('enableTwoFactor', enableTwoFactor.refusals.InvalidCode, 400, wrongCode),
  CodeAlreadyUsed: {
    prepare: completeSignIn.refusals.CodeAlreadyUsed,
    mutation: 'completeSignIn',
    rest: { send: requests.enableTwoFactor, status: 400, code: wrongCode, prepare: enableOrRenewTwoFactor.refusals.CodeAlreadyUsed },
  },
  TwoFactorAlreadyEnabled: {
    prepare: enableTwoFactor.refusals.TwoFactorAlreadyEnabled,
    mutation: 'enableTwoFactor',
    rest: { send: () => ({ method: 'GET', path: '/account/two-factor' }), status: 400, code: 'BadRequestHttpException' },
  },
  TwoFactorNotEnabled: refused('disableTwoFactor', disableTwoFactor.refusals.TwoFactorNotEnabled, 204),
  TwoFactorSetupMissing: refused('enableTwoFactor', enableTwoFactor.refusals.TwoFactorSetupMissing, 422, 'ValidationException'),
  ApiKeyLimitReached: refused('createApiKey', cases.createApiKey.refusals.ApiKeyLimitReached, 400, 'DisplayException'),
  SshKeyLimitReached: refused('addSshKey', addSshKey.refusals.SshKeyLimitReached, 400, 'DisplayException'),
  SshKeyAlreadyAdded: refused('addSshKey', addSshKey.refusals.SshKeyAlreadyAdded, 422, 'ValidationException'),
  NotFound: refused('deleteApiKey', cases.deleteApiKey.refusals.NotFound, 404, 'NotFoundHttpException'),
  RateLimited: refused('updateEmail', guessUntilLimited, 429, 'ThrottleRequestsException'),
  Overloaded: refused('updateEmail', updateEmail.refusals.Overloaded, 503, 'ServiceUnavailableHttpException'),
  InvalidCredentials: { prepare: cases.signIn.refusals.InvalidCredentials, mutation: 'signIn', rest: null },
  SessionRequired: { prepare: () => ({ id: 'x' }), mutation: 'revokeSession', rest: null, topLevel: [200, 'FORBIDDEN'] },
  CrossSite: {
    ...refused('createApiKey', () => ({ description: 'x' }), 403, 'AccessDeniedHttpException'),
    credential: { headers: { cookie: 'gateway_session_4000=x', origin: 'https://elsewhere.example' } },
    topLevel: [403, 'FORBIDDEN'],
  },
  Unauthenticated: {
    prepare: async ({ person: { identifier } }) => {
      await gateway.db.apiKey.delete({ where: { identifier } });
      return { identifier };
    },
    mutation: 'deleteApiKey',
    rest: { send: readAccount, status: 401, code: 'AuthenticationException' },
    topLevel: [401, 'UNAUTHENTICATED'],
  },
  AddressNotAllowed: {
    prepare: async ({ person: { identifier } }) => {
      await gateway.db.apiKey.update({ where: { identifier }, data: { allowedIps: ['192.0.2.7'] } });
      return { identifier };
    },
    mutation: 'deleteApiKey',
    rest: { send: readAccount, status: 403, code: 'AccessDeniedHttpException' },
    topLevel: [403, 'FORBIDDEN'],
  },
};

/** Uses up the wrong secrets of the key. */
async function guessUntilLimited({ person }: { person: Person }): Promise<object> {
  for (let guess = 0; guess < Number(env.LIMIT_WRONG_SECRETS_PER_15_MINUTES); guess += 1) {
    await gateway.rest('PUT', '/account/email', { token: person.token, body: wrongPassword });
  }
  return { ...wrongPassword, password: person.password };
}

/** An account for which a refusal is prepared, and the input that is refused. */
async function begin(prepare: Prepare): Promise<{ person: Person; input: Input }> {
  const person = await gateway.createPerson();
  const actor: Actor = await authenticateApiKey(visitor, person.token, null);
  return { person, input: Object(await prepare({ gateway, person, visitor, actor })) };
}

describe('a refusal', () => {
  const ofRest = Object.entries(scenarios).flatMap(([name, { prepare, rest, credential }]) =>
    rest ? [{ name, prepare, credential, ...rest }] : [],
  );
  test.each(ofRest)('$name is answered by REST with the sentence of the panel', async ({ prepare, send, status, code, credential }) => {
    const { person, input } = await begin(prepare);
    const { method, path, body } = send(input);
    const answer = await gateway.rest(method, path, { ...(credential ?? { token: person.token }), ...(body ? { body } : {}) });
    expect([answer.status, answer.body?.errors[0].code]).toEqual([status, code]);
    if (code === undefined) return;
    expect(answer.headers.get('content-type')).toBe('application/json');
    for (const error of answer.body.errors) {
      expect(error).toEqual({ code, status: String(status), detail: expect.stringMatching(/^[A-Z"].+\.$/), ...metaOf(error) });
    }
  });

  test.each(Object.entries(scenarios))('%s is answered by GraphQL with a type and a code', async (name, scenario) => {
    const { mutation, topLevel, credential } = scenario;
    const { person, input } = await begin(scenario.prepare);
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
    const document = `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename ... on Error { code message } } }`;
    const answer = await gateway.graphql(document, { input }, credential ?? { token: person.token });
    if (topLevel) {
      expect([answer.status, answer.errors?.map(({ extensions }) => extensions['code'])]).toEqual([topLevel[0], [topLevel[1]]]);
      expect(answer.data).toBeFalsy();
      return;
    }
    const code = name.replaceAll(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    expect([answer.status, answer.errors]).toEqual([200, undefined]);
    expect(answer.data[mutation]).toEqual({ __typename: name, code, message: expect.stringMatching(/^[A-Z].+\.$/) });
  });
});

function metaOf({ meta }: { meta?: object }) {
  return meta ? { meta: { source_field: expect.any(String), rule: expect.any(String) } } : {};
}
