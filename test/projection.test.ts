import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { prepareProjection } from '../src/graphql/schema/projection.ts';
import { buildSchema } from '../src/graphql/schema/schema.ts';
import { startGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
const person = await gateway.createPerson({ firstName: 'Ünï "quoted" \\ 😀', lastName: null });
await gateway.mutate('createApiKey', { description: 'a\u2028b', allowedIps: ['192.0.2.0/24', '::1'] }, 'token', person);
await gateway.mutate('addSshKey', { name: 'x', publicKey: makeSshLine() }, 'viewer { id }', person);
const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
const signedIn = await gateway.graphql(signIn, { input: { login: person.username, password: person.password } });
const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';

const columns: Record<string, readonly string[]> = {
  Profile: ['username', 'email', 'firstName', 'lastName', 'language', 'admin', 'createdAt'],
  TwoFactor: ['enabled', 'recoveryTokensRemaining'],
  ApiKey: ['id', 'identifier', 'description', 'allowedIps', 'lastUsedAt', 'createdAt'],
  SshKey: ['id', 'name', 'fingerprint', 'publicKey', 'createdAt'],
  Session: ['id', 'current', 'ip', 'userAgent', 'createdAt', 'lastSeenAt', 'expiresAt'],
};
const parts = { profile: 'Profile', twoFactor: 'TwoFactor', apiKeys: 'ApiKey', sshKeys: 'SshKey', sessions: 'Session' };

const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)] as Value;
const some = <Value>(make: () => Value): Value[] => Array.from({ length: 1 + Math.floor(Math.random() * 4) }, make);
const alias = () => pick(['', '', '', 'a: ', 'b: ', 'constructor: ', '__proto__: ']);
const inFragment = (type: string, fields: string) => pick([fields, fields, `... on ${type} { ${fields} }`, `... { ${fields} }`]);

function anySelection(type: string): string {
  const fields = some(() => (Math.random() < 0.15 ? `${alias()}__typename` : alias() + pick(columns[type] ?? [])));
  return `{ ${inFragment(type, fields.join(' '))} }`;
}

function anyViewer(): string {
  const fields = some(() => {
    const [name, type] = pick(Object.entries(parts));
    return Math.random() < 0.2 ? pick(['id', '__typename', 'x: id', 'id @include(if: true)']) : `${alias()}${name} ${anySelection(type)}`;
  });
  return `${pick(['', 'v: '])}viewer { ${inFragment('Viewer', fields.join(' '))} }`;
}

async function answer(query: string, headers: Record<string, string>, params: object = {}): Promise<string> {
  const body = JSON.stringify({ query, ...params });
  const sent = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
  const response = await gateway.fetch('/graphql', sent);
  return `${response.status} ${await response.text()}`;
}

test('a query is answered with the same bytes when it is repeated, by an API key and by a session', async () => {
  const schema = buildSchema();
  let prepared = 0;
  for (let n = 0; n < 120; n += 1) {
    const query = `{ ${some(anyViewer).join(' ')} ${pick(['', '__typename'])} }`;
    for (const headers of [{ authorization: `Bearer ${person.token}` }, { cookie }]) {
      // By the executor at first, without it from the third time on.
      const [first, ...others] = [await answer(query, headers), await answer(query, headers), await answer(query, headers)];
      expect([query, ...others]).toEqual([query, ...others.map(() => first)]);
    }
    const [definition] = parse(query).definitions;
    if (definition?.kind === 'OperationDefinition' && prepareProjection(schema, parse(query), definition)) prepared += 1;
  }
  expect(prepared).toBeGreaterThan(5);
});

test('an alias with the name of a property of every object is answered like any other', async () => {
  const query = '{ __proto__: viewer { __proto__: id toString: profile { __proto__: username constructor: email } } }';
  const headers = { authorization: `Bearer ${person.token}` };
  const answers = [await answer(query, headers), await answer(query, headers), await answer(query, headers)];
  expect(new Set(answers)).toEqual(new Set([answers[0]]));
  expect(answers[0]).toContain(`"__proto__":"${person.username}"`);
});

const lists = 'profile { username } apiKeys { identifier } sshKeys { name } sessions { ip } twoFactor { enabled }';
test.each([
  [
    'a condition',
    `query ($isMore: Boolean!) { viewer { id } viewer @include(if: $isMore) { ${lists} } }`,
    { variables: { isMore: false } },
    { variables: { isMore: true } },
  ],
  [
    'a fragment of two operations',
    `fragment Id on Query { viewer { id } } query Less { ...Id } query More { ...Id viewer { ${lists} } }`,
    { operationName: 'Less' },
    { operationName: 'More' },
  ],
  [
    'a fragment of two changes',
    `fragment Id on UpdateProfilePayload { viewer { id } } mutation {
      a: updateProfile(input: {}) { ...Id } b: updateProfile(input: {}) { ...Id ... on UpdateProfilePayload { viewer { ${lists} } } } }`,
    {},
    {},
  ],
])('a viewer of two selections has the fields of both, also after one of them alone: %s', async (_name, query, less, more) => {
  const headers = { cookie };
  const whole = JSON.parse((await answer(`{ viewer { id ${lists} } }`, headers)).slice('200 '.length)).data.viewer;
  await answer(query, headers, less);
  const { data } = JSON.parse((await answer(query, headers, more)).slice('200 '.length));
  expect((data.b ?? data).viewer).toEqual(whole);
});

test.each([
  ['a condition', '{ viewer { id @include(if: true) } }'],
  ['an argument', '{ viewer { activity(first: 1) { edges { cursor } } } }'],
  ['a field that reads for itself', '{ viewer { twoFactor { recoveryTokensRemaining } } }'],
  ['another root field', '{ node(id: "x") { id } }'],
  ['a fragment on an interface', '{ viewer { ... on Node { id } } }'],
  ['an object twice', '{ viewer { profile { username } profile { email } } }'],
  ['a change', 'mutation { signOut { __typename } }'],
])('a document with %s is left to the executor', (_name, text) => {
  const document = parse(text);
  const [definition] = document.definitions;
  if (definition?.kind !== 'OperationDefinition') throw new Error('no operation');
  expect(prepareProjection(buildSchema(), document, definition)).toBeNull();
});
