import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const secret = 'Hunter2correcthorse';
const signIn = 'mutation ($i: SignInInput!) { signIn(input: $i) { __typename } }';
const login = { login: 'ada', password: secret };

/** Variables that do not fit, each with a secret in it. */
const variables: [name: string, document: string, variables: Record<string, unknown>][] = [
  ['an unknown field', signIn, { i: { ...login, more: 1 } }],
  ['an unknown field with the secret', signIn, { i: { login: 'ada', passwort: secret } }],
  ['a missing field', signIn, { i: { password: secret } }],
  ['a list for a text', signIn, { i: { login: 'ada', password: [secret] } }],
  ['an object for a text', signIn, { i: { login: 'ada', password: { value: secret } } }],
  ['a number for another text', signIn, { i: { login: 5, password: secret } }],
  ['null for another text', signIn, { i: { login: null, password: secret } }],
  ['a text for the input', signIn, { i: secret }],
  ['a list for the input', signIn, { i: [login, 5] }],
  ['a list of the secret', signIn, { i: [secret] }],
  [
    'another input',
    'mutation ($i: UpdatePasswordInput!) { updatePassword(input: $i) { __typename } }',
    { i: { ...login, currentPassword: secret } },
  ],
  [
    'two of one-of',
    'mutation ($i: CompleteSignInInput!) { completeSignIn(input: $i) { __typename } }',
    { i: { challenge: secret, answer: { code: secret, recoveryToken: secret } } },
  ],
  [
    'none of one-of',
    'mutation ($i: CompleteSignInInput!) { completeSignIn(input: $i) { __typename } }',
    { i: { challenge: secret, answer: {} } },
  ],
  [
    'null in one-of',
    'mutation ($i: CompleteSignInInput!) { completeSignIn(input: $i) { __typename } }',
    { i: { challenge: secret, answer: { code: null } } },
  ],
  ['a text for a number', 'query ($i: Int) { viewer { activity(first: $i) { edges { cursor } } } }', { i: secret }],
  ['an object for an id', 'query ($i: ID!) { node(id: $i) { id } }', { i: { password: secret } }],
  ['a list for a text that is a variable', 'query ($i: String!) { checkPassword(password: $i) { acceptable } }', { i: [secret] }],
  ['values that look like the end of a message', signIn, { i: { login: `x" at "i.login"; ${secret}`, password: [`: "${secret}`] } }],
  [
    'an item of a list',
    'mutation ($i: CreateApiKeyInput!) { createApiKey(input: $i) { __typename } }',
    { i: { description: secret, allowedIps: ['1.1.1.1', [secret]] } },
  ],
];

/** Documents that are not valid, each with a secret in it. */
const documents: string[] = [
  `mutation { signIn(input: { login: "ada", password: ${secret} }) { __typename } }`,
  `mutation { signIn(input: { login: "ada", password: ["${secret}"] }) { __typename } }`,
  `mutation { signIn(input: { login: "ada", password: { a: "${secret}" } }) { __typename } }`,
  `mutation { signIn(input: { login: 5, password: "${secret}" }) { __typename } }`,
  `mutation { signIn(input: { password: "${secret}" }) { __typename } }`,
  `mutation { signIn(input: "${secret}") { __typename } }`,
  `mutation { signIn(input: """${secret}""") { __typename } }`,
  `mutation { signIn(input: ["${secret}"]) { __typename } }`,
  `mutation { signIn(input: ${secret}) { __typename } }`,
  `mutation { signIn(input: { login: "ada" password: ${secret} ${secret} }) { __typename } }`,
  `mutation { signIn(input: { login: ada, "${secret}" }) { __typename } }`,
  `mutation { signIn(input: { login: "ada", password "${secret}" }) { __typename } }`,
  `mutation { signIn("${secret}") { __typename } }`,
  `mutation { signIn(input: { login: "ada", password: """${secret}""" """${secret}""" }) { __typename } }`,
  `mutation { signIn(input: { login: "ada", password: "${secret}) { __typename } }`,
  `mutation { signIn(input: { login: "ada", password: "\\u{${secret}" }) { __typename } }`,
  `mutation { signIn(input: { login: "ada", password: "\\${secret}" }) { __typename } }`,
  `"${secret}"`,
  `mutation "${secret}" { signOut { __typename } }`,
  `{ checkPassword(password: ["${secret}"]) { acceptable } }`,
  `{ checkPassword(password: ${secret}) { acceptable } }`,
  `{ viewer { activity(first: "${secret}") { edges { cursor } } } }`,
  `{ viewer { activity(first: "${secret}: ") { edges { cursor } } } }`,
  `query ($i: Int = "${secret}") { viewer { activity(first: $i) { edges { cursor } } } }`,
  `{ viewer @skip(if: "${secret}") { id } }`,
];

async function answersOf(body: object): Promise<string[]> {
  const send = async (accept: string) => {
    const headers = { 'content-type': 'application/json', accept };
    return (await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) })).text();
  };
  return [await send('application/json'), await send('application/graphql-response+json')];
}

describe('an error of GraphQL repeats no value of the request', () => {
  test.each(variables)('in variables: %s', async (_name, query, values) => {
    for (const answer of await answersOf({ query, variables: values })) {
      expect(answer).toContain('"errors"');
      expect(answer).not.toContain(secret);
      expect(JSON.parse(answer).errors[0].message).toMatch(/^Variable "\$i" got an invalid value at "i[^"]*": .+\.$/);
    }
  });

  test.each(documents)('in a document: %s', async (query) => {
    for (const answer of await answersOf({ query })) {
      expect(answer).toContain('"errors"');
      expect(answer).not.toContain(secret);
    }
  });

  test.each<[string, object]>([
    ['the name of an operation', { query: 'query A { __typename } query B { __typename }', operationName: secret }],
    ['variables that are a text', { query: signIn, variables: secret }],
    ['extensions that are a text', { query: signIn, extensions: secret }],
    ['a query that is a list', { query: [secret] }],
    ['a hash', { extensions: { persistedQuery: { version: 1, sha256Hash: secret } } }],
  ])('in %s', async (_name, body) => {
    for (const answer of await answersOf(body)) expect(answer).not.toContain(secret);
  });

  test('and says where and why', async () => {
    const { errors } = await gateway.graphql(signIn, { i: { login: 'ada', password: [secret] } });
    expect(errors?.[0]?.message).toBe('Variable "$i" got an invalid value at "i.password": String cannot represent a non string value.');
    const unknown = await gateway.graphql(signIn, { i: { ...login, more: 1 } });
    expect(unknown.errors?.[0]?.message).toBe(
      'Variable "$i" got an invalid value at "i": Field "more" is not defined by type "SignInInput".',
    );
  });
});
