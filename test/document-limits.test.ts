import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createDocumentCaches } from '../src/graphql/http/document-cache.ts';
import { expectLinearCost } from './cost.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
const person = await gateway.createPerson();

/** What an answer says when a document is refused before it is run. */
async function refusalOf(document: string, variables: Record<string, unknown> = {}) {
  const { errors, data, status } = await gateway.graphql(document, variables, person);
  const { message, extensions = {} } = errors?.[0] ?? {};
  return { status, data: data ?? null, message, ...extensions } as Record<string, unknown>;
}

const aliases = (count: number, field: string) => Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ');
const nested = (levels: number) =>
  `{ viewer { activity { edges { ${'... on ActivityEdge { '.repeat(levels)} cursor ${'}'.repeat(levels)} } } } }`;
const pages = (count: number) => aliases(count, 'activity(first: 100) { edges { cursor node { id event ip userAgent occurredAt } } }');
const repeated = (count: number, selection: string) => Array.from({ length: count }, () => selection).join(' ');
const spreads = (count: number) => Array.from({ length: count }, (_, n) => `...F${n}`).join(' ');
/** Fragments that each hold the next one twice, at two places: all of them are 2 to the 13th. */
const doubling = Array.from(
  { length: 13 },
  (_, n) => `fragment F${n} on __Type { ofType { ...F${n + 1} } a: ofType { ...F${n + 1} } }`,
).join(' ');
const wrong = 'updateEmail(input: { email: "x@example.com", password: "wrong" }) { __typename }';

/** Too much of each kind, by one where it can be counted. */
const tooMuch: [name: string, document: string, limit: string, found: number, allowed: number, variables?: Record<string, unknown>][] = [
  ['aliases', `{ viewer { ${aliases(61, 'id')} } }`, 'aliases', 61, 60],
  ['aliases in a fragment', `{ viewer { ...F } } fragment F on Viewer { ${aliases(61, 'id')} }`, 'aliases', 61, 60],
  ['directives', `{ viewer { id ${'@skip(if: false) '.repeat(51)} } }`, 'directives', 51, 50],
  ['levels', nested(12), 'depth', 16, 15],
  ['tokens', `{ viewer { ${'id '.repeat(1_996)} } }`, 'tokens', 2_001, 2_000],
  ['characters', `{ __typename }${'\n#'.repeat(25_000)}`, 'characters', 50_014, 50_000],
  ['fifty thousand levels', '{a'.repeat(50_000), 'characters', 100_000, 50_000],
  ['fifty thousand levels that are closed again', '{a'.repeat(50_000) + '}'.repeat(50_000), 'characters', 150_000, 50_000],
  ['ten thousand levels', '{a'.repeat(10_000), 'tokens', 2_001, 2_000],
  ['aliases of what every type has', `{ ${aliases(61, '__typename')} }`, 'aliases', 61, 60],
  ['a name', `{ viewer { ${'a'.repeat(101)}: id } }`, 'name length', 101, 100],
  ['a name of an operation', `query ${'a'.repeat(4_000)} { __typename }`, 'name length', 4_000, 100],
  ['the schema, type by type', `{ ${aliases(41, '__type(name: "Node") { name }')} }`, 'cost', 41 * 501, 20_000],
  ['the schema', `{ ${aliases(2, '__schema { types { name } }')} }`, 'introspections', 2, 1],
  ['a page', '{ viewer { activity(first: 101) { edges { cursor } } } }', 'page size', 101, 100],
  ['a page from the back', '{ viewer { activity(last: 5000) { edges { cursor } } } }', 'page size', 5_000, 100],
  [
    'a page in a variable',
    'query ($n: Int) { viewer { activity(first: $n) { edges { cursor } } } }',
    'page size',
    1_000,
    100,
    { n: 1_000 },
  ],
  ['cost', `{ viewer { ${pages(30)} } }`, 'cost', 1 + 30 * (10 + 100 * (1 + 1 + 6)), 20_000],
  ['a field that is repeated', `{ ${repeated(200, 'viewer{profile{username email}}')} }`, 'repeated fields', 3_003, 3_000],
  ['a field that is repeated inside', `{ viewer { ${repeated(90, 'id')} } }`, 'repeated fields', 3_003, 3_000],
  ['a field that is repeated in fragments', `{ ${repeated(90, '...{viewer{id}}')} }`, 'repeated fields', 3_003, 3_000],
  [
    'a field that is repeated with other arguments',
    `{ ${aliases(3, 'node(id:"x"){id}').replaceAll(/a\d:/g, 'a:').repeat(40)} }`,
    'repeated fields',
    3_003,
    3_000,
  ],
  ['fragments at one place', `{ ${spreads(500)} }`, 'repeated fields', 3_003, 3_000],
  [
    'fragments that are spread several times at one place',
    `{ viewer { ...F0 } } ${[0, 1, 2, 3, 4].map((n) => `fragment F${n} on Viewer { ${`...F${n + 1} `.repeat(40)} }`).join(' ')} fragment F5 on Viewer { id }`,
    'fields',
    6_482,
    5_000,
  ],
  ['fragments of fragments', `{ __type(name: "Node") { ...F0 } } ${doubling} fragment F13 on __Type { name }`, 'fields', 5_116, 5_000],
  ['values in a variable', 'query ($id: ID!) { node(id: $id) { id } }', 'variables', 2_001, 2_000, { id: Array(3_000).fill('x') }],
  ['values in a variable that is not used', '{ __typename }', 'variables', 2_001, 2_000, { a: { b: Array(3_000).fill({ c: 1 }) } }],
  ['changes', `mutation { ${aliases(6, 'createApiKey(input: { description: "x" }) { __typename }')} }`, 'changes', 6, 5],
  ['secrets', `mutation { ${aliases(2, wrong)} }`, 'secrets', 2, 1],
  [
    'secrets of several kinds, in fragments',
    `mutation { ...F ... on Mutation { signIn(input: { login: "a", password: "b" }) { __typename } } } fragment F on Mutation { ${wrong} ...F2 } fragment F2 on Mutation { disableTwoFactor(input: { password: "x" }) { __typename } }`,
    'secrets',
    3,
    1,
  ],
];

describe('a document that asks for too much', () => {
  test.each(tooMuch)('%s is refused before it is run: the limit, the figure and what is allowed', async (...row) => {
    const [_name, document, limit, found, allowed, variables] = row;
    expect(await refusalOf(document, variables)).toEqual({
      status: 400,
      data: null,
      message: `Limit of ${limit} exceeded: ${found} asked for, ${allowed} allowed.`,
      code: 'BAD_REQUEST',
      limit,
      found,
      allowed,
    });
  });

  test('is refused in a mutation before any of it is done', async () => {
    const before = await gateway.db.apiKey.count();
    const { limit } = await refusalOf(`mutation { ${aliases(61, 'createApiKey(input: { description: "x" }) { __typename }')} }`);
    expect([limit, await gateway.db.apiKey.count()]).toEqual(['aliases', before]);
  });

  // Followed one by one they are 2 to the 60th: the test would not end.
  test('by fragments that hold each other many times is answered', async () => {
    const fragments = Array.from({ length: 60 }, (_, n) => `fragment F${n} on Mutation { ...F${n + 1} ...F${n + 1} }`);
    await refusalOf(`mutation { ...F0 } ${fragments.join(' ')} fragment F60 on Mutation { ${wrong} }`);
  });
});

describe('what a stranger sends', () => {
  test('with many wrong values in a variable is refused by the first of them', async () => {
    const document = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename } }';
    const send = (value: unknown) => gateway.graphql(document, { input: { description: 'x', allowedIps: Array(1_500).fill(value) } });
    const { status, errors = [] } = await send(1);
    expect([status, errors.length]).toEqual([200, 1]);
    expect(errors[0]?.message).toMatch(
      /^Variable "\$input" got an invalid value at "input\.allowedIps\[0\]": String cannot represent a non string value\.$/,
    );
    // Each error takes about a tenth of a millisecond to make.
    await expectLinearCost(
      () => send(1),
      () => send('1'),
    );
  });

  test('is not sent back a hundred times as long', async () => {
    const input = { description: '\u0001'.repeat(40_000), ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`u${n}`, 1])) };
    const document = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename } }';
    const texts = [
      await gateway.graphql(document, { input }),
      await gateway.graphql(`{ node(id: ["${'A'.repeat(45_000)}"]) { id } }`),
      await gateway.graphql(`{ ${'A'.repeat(45_000)}`),
      await gateway.graphql(`query (${Array.from({ length: 99 }, (_, n) => `$v${n}: Int`).join(' ')}) { __typename }`),
    ].map(({ errors }) => JSON.stringify(errors));
    expect(texts.filter((text) => text.length > 30_000)).toEqual([]);
    expect(texts.every((text) => text.includes('BAD_REQUEST'))).toBe(true);
  });

  test('is kept parsed within a number of bytes, and a document of many tokens not at all', () => {
    const { documentCache } = createDocumentCaches();
    const document = parse('{ __typename }');
    const names = Array.from({ length: 1_000 }, (_, n) => `${'x'.repeat(15_000)}${n}`);
    for (const name of names) documentCache.set(name, document);
    const kept = names.filter((name) => documentCache.get(name));
    expect([kept.length > 250, kept.length < 350, kept.at(-1) === names.at(-1)]).toEqual([true, true, true]);
    documentCache.set('many', parse(`{ ${'a '.repeat(3_000)} }`));
    expect(documentCache.get('many')).toBeUndefined();
  });
});

test('a document has at most twenty errors and a sentence that there are more', async () => {
  const fields = Array.from({ length: 500 }, (_, n) => `f${n}`).join(' ');
  const values = Array.from({ length: 500 }, () => 1).join(' ');
  for (const document of [
    `{ ${fields} }`,
    `mutation { createApiKey(input: { description: "x", allowedIps: [${values}] }) { __typename } }`,
  ]) {
    const { errors = [] } = await gateway.graphql(document);
    expect([errors.length, errors.at(-1)?.message]).toEqual([21, expect.stringContaining('Too many validation errors')]);
  }
});

describe('what is within the limits', () => {
  test('explorers and frontends ask for far less', async () => {
    expect((await gateway.graphql(getIntrospectionQuery())).errors).toBeUndefined();
    const everything =
      'profile { username email } twoFactor { enabled } apiKeys { identifier allowedIps } sshKeys { fingerprint } sessions { ip }';
    const document = `{ viewer { ${everything} activity(first: 100) { edges { node { event apiKey { identifier } } } } ${aliases(5, 'apiKeys { id }')} } }`;
    expect((await gateway.graphql(document, {}, person)).errors).toBeUndefined();
  });

  test('a document may hold many operations that check a secret, of which one is run', async () => {
    const document = `mutation A { ${wrong} } mutation B { ${wrong} } query C { __typename }`;
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
      body: JSON.stringify({ query: document, operationName: 'A' }),
    });
    expect(await response.json()).toEqual({ data: { updateEmail: { __typename: 'IncorrectPassword' } } });
  });

  test('a field that stands twice under one name is run once, and counts once', async () => {
    expect((await gateway.graphql(`mutation { ${wrong} ${wrong} }`, {}, person)).data).toEqual({
      updateEmail: { __typename: 'IncorrectPassword' },
    });
  });
});

test('0 turns a limit off', async () => {
  const names = [
    'CHARACTERS',
    'NAME_LENGTH',
    'TOKENS',
    'DEPTH',
    'ALIASES',
    'DIRECTIVES',
    'COST',
    'CHANGES',
    'SECRETS',
    'INTROSPECTIONS',
  ].map((name) => `LIMIT_DOCUMENT_${name}`);
  const env = Object.fromEntries([...names, 'LIMIT_PAGE_SIZE', 'LIMIT_WRONG_SECRETS_PER_15_MINUTES'].map((name) => [name, '0']));
  const open = await startGateway({ env, db: gateway.db });
  for (const [name, document, limit, , , variables = {}] of tooMuch) {
    if (document.startsWith('{a') || ['fields', 'repeated fields', 'variables'].includes(limit)) continue;
    const { errors = [] } = await open.graphql(document, variables, { token: person.token });
    expect([name, errors.filter(({ extensions }) => extensions['limit'] === limit)]).toEqual([name, []]);
  }
  const deep = await open.graphql('{a'.repeat(50_000), {}, { token: person.token });
  expect([deep.status, deep.errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_REQUEST']);
});
