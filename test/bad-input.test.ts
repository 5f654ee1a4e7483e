import { getNamedType, isInputObjectType, isListType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildSchema } from '../src/graphql/schema/schema.ts';
import { codeFor, startGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway({ env: { LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const person = await gateway.createPerson();
const json = { 'content-type': 'application/json', authorization: `Bearer ${person.token}` };
const query = '{ viewer { id } }';

/** Internals that no answer may contain. */
const leaks = /prisma|invocation|postgres|pglite|select |insert |violates|syntax error at|node_modules|\.[jt]s:\d|at \w+ \(|stack/i;

async function send(init: RequestInit, path = '/graphql') {
  const response = await gateway.fetch(path, init);
  const text = await response.text();
  expect(text).not.toMatch(leaks);
  expect(response.status).toBeLessThan(500);
  return { status: response.status, text, errors: text.startsWith('{') ? JSON.parse(text).errors : undefined };
}

/** The headers of a browser that has just signed in. */
async function signIn(): Promise<Record<string, string>> {
  const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  const { headers } = await gateway.graphql(document, { input: { login: person.username, password: person.password } });
  return { 'content-type': json['content-type'], cookie: headers.get('set-cookie')?.split(';')[0] ?? '' };
}

const codesOf = (errors?: { extensions: Record<string, unknown> }[]) => [...new Set(errors?.map(({ extensions }) => extensions['code']))];

describe('a body that is not a request', () => {
  test.each([
    ['nothing', ''],
    ['half an object', '{'],
    ['no JSON', 'hodor'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '5'],
    ['a text', '"{ viewer { id } }"'],
    ['a query that is a number', '{"query":5}'],
    ['a query that is a list', '{"query":[]}'],
    ['variables that are a text', `{"query":"${query}","variables":"x"}`],
    ['variables that are a list', `{"query":"${query}","variables":[]}`],
    ['an operation that is not there', `{"query":"${query}","operationName":"x"}`],
    ['extensions that are a list', `{"query":"${query}","extensions":[]}`],
    ['a field that no request has', `{"query":"${query}","hodor":1}`],
    ['a byte that is not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['UTF-16', new Uint8Array(Buffer.from(`{"query":"${query}"}`, 'utf16le'))],
  ])('%s is BAD_REQUEST', async (_name, body) => {
    const { status, errors } = await send({ method: 'POST', headers: json, body });
    expect([status, codesOf(errors)]).toEqual([400, ['BAD_REQUEST']]);
    expect(Object.keys(errors[0].extensions)).toEqual(['code']);
  });

  test('in a batch is BAD_REQUEST at its index', async () => {
    const { status, text } = await send({ method: 'POST', headers: json, body: `[5,null,"x",[],{},{"query":"${query}"}]` });
    const answers: { errors?: { extensions: Record<string, unknown> }[] }[] = JSON.parse(text);
    const bad = [['BAD_REQUEST'], ['BAD_REQUEST'], ['BAD_REQUEST'], ['BAD_REQUEST'], ['BAD_REQUEST'], []];
    expect([status, answers.map(({ errors }) => codesOf(errors))]).toEqual([200, bad]);
  });

  test('of ten megabytes is 413 in both APIs', async () => {
    const body = JSON.stringify({ query, variables: { a: 'x'.repeat(10_000_000) } });
    const { status, errors } = await send({ method: 'POST', headers: json, body });
    expect([status, codesOf(errors)]).toEqual([413, ['BAD_REQUEST']]);
    expect((await send({ method: 'POST', headers: json, body }, '/api/client/account/api-keys')).status).toBe(413);
  });

  test('of a type that an HTML form of another site can send is not executed', async () => {
    const mutation = JSON.stringify({ query: 'mutation { createApiKey(input: { description: "x" }) { __typename } }' });
    const before = await gateway.db.apiKey.count();
    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=x',
      'text/plain; charset=utf-8',
      'application/x-www-form-urlencoded',
    ]) {
      expect((await send({ method: 'POST', headers: { ...json, 'content-type': type }, body: mutation })).status).toBe(415);
    }
    expect(await gateway.db.apiKey.count()).toBe(before);
  });
});

describe('a document', () => {
  test.each([
    ['that is left out', undefined],
    ['that ends early', '{ viewer {'],
    ['that is empty', ''],
    ['of blanks', ' \n '],
    ['of a NUL', '{ viewer { id \0 } }'],
    ['with half a surrogate pair', '{ viewer { id \ud800 } }'],
    ['with a field that is not there', '{ viewer { hodor } }'],
    ['without the fields of an object', '{ viewer }'],
    ['with an argument that is not there', '{ viewer(id: 1) { id } }'],
    ['with a variable that is not declared', '{ node(id: $id) { id } }'],
    ['that asks for nothing needed', 'mutation { createApiKey(input: {}) { __typename } }'],
    ['that spreads a fragment in itself', '{ viewer { ...F } } fragment F on Viewer { ...F }'],
    ['with a directive that is not there', '{ viewer { ... @defer { id } } }'],
    ['that subscribes', 'subscription { viewer { id } }'],
    ['with two operations and no name', 'query A { viewer { id } } query B { viewer { id } }'],
    ['nested past the stack', '{a'.repeat(40_000) + '}'.repeat(40_000)],
    ['with lists nested past the stack', `{ viewer(a: ${'['.repeat(60_000)}${']'.repeat(60_000)}) { id } }`],
    ['of a hundred thousand letters', 'x'.repeat(100_000)],
  ])('%s is BAD_REQUEST', async (_name, document) => {
    const { status, errors } = await send({ method: 'POST', headers: json, body: JSON.stringify({ query: document }) });
    expect(codesOf(errors)).toEqual(['BAD_REQUEST']);
    expect([200, 400]).toContain(status);
  });

  test('with variables nested deeper than the stack is answered', async () => {
    const body = `{"query":"${query}","variables":{"a":${'['.repeat(120_000)}${']'.repeat(120_000)}}}`;
    expect((await send({ method: 'POST', headers: json, body })).status).toBeLessThan(500);
  });

  test('can be sent by GET when it is a query, and not when it is a mutation', async () => {
    const ask = (document: string) => send({ headers: json }, `/graphql?query=${encodeURIComponent(document)}`);
    expect(JSON.parse((await ask(query)).text).data.viewer.id).toBeDefined();
    const before = await gateway.db.apiKey.count();
    const written = await ask('mutation { createApiKey(input: { description: "x" }) { __typename } }');
    expect([written.status, codesOf(written.errors)]).toEqual([405, ['BAD_REQUEST']]);
    expect(await gateway.db.apiKey.count()).toBe(before);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACEME'])('by %s is 405', async (method) => {
    const body = ['HEAD'].includes(method) ? {} : { body: JSON.stringify({ query }) };
    expect((await send({ method, headers: json, ...body })).status).toBe(405);
  });
});

/** Every string argument of a mutation: the mutation, the field, and whether it is a list. */
const texts = Object.values(buildSchema().getMutationType()?.getFields() ?? {}).flatMap((mutation) => {
  const input = getNamedType(mutation.args.find(({ name }) => name === 'input')?.type);
  const fields = isInputObjectType(input) ? Object.values(input.getFields()) : [];
  return fields
    .filter((field) => ['String', 'ID'].includes(getNamedType(field.type).name))
    .map((field) => ({ mutation: mutation.name, field: field.name, isList: /^\[/.test(String(field.type)) || isListType(field.type) }));
});

const nasty: [string, string][] = [
  ['NUL', 'a\0b'],
  ['NUL alone', '\0'],
  ['half a surrogate pair', 'a\ud800b'],
  ['200,000 letters', 'x'.repeat(200_000)],
  ['60,000 letters of four bytes', '𐐷'.repeat(60_000)],
  ['SQL', "'; DROP TABLE accounts; --"],
  ['a format', '%s%n%x {0} {{7*7}} <%= 7*7 %>'],
  ['right-to-left marks and joiners', '\u202e\u200b\u200d\ufeff\u2028'],
  ['nothing', ''],
];

describe('a string in a mutation', () => {
  const valid: Record<string, () => unknown> = {
    email: () => `new.${person.email}`,
    username: () => `${person.username}.new`,
    password: () => person.password,
    currentPassword: () => person.password,
    newPassword: () => person.password,
    code: () => codeFor('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', gateway.clock.now()),
    description: () => 'x',
    allowedIps: () => ['127.0.0.1'],
    name: () => 'x',
    publicKey: () => makeSshLine(),
    identifier: () => 'ptlc_00000000000',
    fingerprint: () => 'x'.repeat(43),
    login: () => person.username,
    challenge: () => 'x'.repeat(43),
    id: () => 'U2Vzc2lvbjox',
  };

  test.each(texts)('$mutation, $field: any string is answered, and nothing is half written', async ({ mutation, field, isList }) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
    const document = `mutation ($input: ${type}Input!) { ${mutation}(input: $input) { __typename ... on Error { code message } } }`;
    const others = texts.filter((other) => other.mutation === mutation && other.field !== field);
    for (const [name, text] of nasty) {
      const input = Object.fromEntries(others.map((other) => [other.field, valid[other.field]?.()]));
      const headers = mutation === 'revokeSession' ? await signIn() : json;
      const before = await gateway.db.activity.count();
      const answers = mutation === 'completeSignIn' ? { answer: { code: '123456' } } : {};
      const variables = { input: { ...input, ...answers, [field]: isList ? [text] : text } };
      const { status, text: answer } = await send({ method: 'POST', headers, body: JSON.stringify({ query: document, variables }) });
      const { data, errors } = JSON.parse(answer);
      expect([status, errors], `${name}: ${answer}`).toEqual([200, undefined]);
      const isDone = data[mutation].__typename === `${type}Payload`;
      // A failed sign-in writes a row too, after its answer.
      if (mutation !== 'signIn') expect((await gateway.db.activity.count()) - before).toBe(isDone ? 1 : 0);
      await gateway.settle();
      expect(answer.length, 'an answer does not repeat what it was sent').toBeLessThan(2_000_000);
    }
  });

  test('is never a value of another type', async () => {
    for (const value of [5, true, [], {}, ['x'], null]) {
      const document = 'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { __typename } }';
      const body = JSON.stringify({ query: document, variables: { input: { identifier: value } } });
      expect(codesOf((await send({ method: 'POST', headers: json, body })).errors)).toEqual(['BAD_REQUEST']);
    }
  });
});

describe('a header', () => {
  test.each([
    ['user-agent', 'x'.repeat(60_000)],
    ['user-agent', 'ÿ'.repeat(600)],
    ['x-forwarded-for', `${'1.2.3.4,'.repeat(5_000)}`],
    ['accept', 'application/json, */*;q=0.1, hodor/;;;q=x'],
    ['accept-language', 'x'.repeat(10_000)],
    ['cookie', `${'a=b; '.repeat(5_000)}`],
    ['x-http-method-override', 'HODOR'],
  ])('%s of any length and content is answered', async (name, value) => {
    const body = JSON.stringify({ query: 'mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }' });
    const graph = await send({ method: 'POST', headers: { ...json, [name]: value }, body });
    expect([graph.status, graph.errors]).toEqual([200, undefined]);
    expect((await send({ headers: { ...json, [name]: value } }, '/api/client/account')).status).toBe(200);
  });
});
