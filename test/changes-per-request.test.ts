import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();

const create = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `k${from + n}: createApiKey(input: { description: "x" }) { __typename }`).join(' ');
const keysOf = (person: Person) => gateway.db.apiKey.count({ where: { accountId: person.id } });

async function send(body: unknown, { token }: Partial<Person> = {}, at = gateway, peer?: string) {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await at.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) }, peer);
  return { status: response.status, answer: await response.json() };
}

/** Requests that hold six changes each. */
const six: [name: string, body: unknown][] = [
  ['aliases', { query: `mutation { ${create(6)} }` }],
  ['a fragment', { query: `mutation { ...F } fragment F on Mutation { ${create(6)} }` }],
  [
    'fragments in fragments',
    { query: `mutation { ...F ...G } fragment F on Mutation { ${create(3)} ...G } fragment G on Mutation { ${create(3, 3)} }` },
  ],
  ['inline fragments', { query: `mutation { ... { ${create(3)} } ... on Mutation { ${create(3, 3)} } }` }],
  ['a batch', Array.from({ length: 6 }, () => ({ query: `mutation { ${create(1)} }` }))],
  [
    'a batch of aliases and a query',
    [{ query: `mutation { ${create(3)} }` }, { query: '{ __typename }' }, { query: `mutation { ${create(3)} }` }],
  ],
  ['a batch with one that is not valid', [...[3, 3].map((count) => ({ query: `mutation { ${create(count)} }` })), { query: '{' }, 5, null]],
  [
    'a batch with one that has no such operation',
    [
      { query: `mutation A { ${create(6)} }`, operationName: 'A' },
      { query: '{ id }', operationName: 'B' },
    ],
  ],
];

describe('a request that holds more than five changes', () => {
  test.each(six)('is refused as a whole, before any is done: %s', async (_name, body) => {
    const person = await gateway.createPerson();
    const { answer } = await send(body, person);
    const errors = [answer].flat().map((one) => one.errors[0]);
    const limited = { code: 'BAD_REQUEST', limit: 'changes', found: 6, allowed: 5 };
    expect(errors.filter(({ extensions }) => extensions.limit === 'changes').length).toBeGreaterThan(0);
    for (const { extensions } of errors) if (extensions.limit) expect(extensions).toEqual(limited);
    expect([answer].flat().every(({ data }) => data === undefined)).toBe(true);
    expect(await keysOf(person)).toBe(1);
  });

  test('has the status 400', async () => {
    expect((await send({ query: `mutation { ${create(6)} }` }, await gateway.createPerson())).status).toBe(400);
  });

  test('is done where LIMIT_DOCUMENT_CHANGES is 0', async () => {
    const open = await startGateway({ env: { LIMIT_DOCUMENT_CHANGES: '0' }, db: gateway.db });
    const person = await gateway.createPerson();
    expect((await send({ query: `mutation { ${create(20)} }` }, person, open)).status).toBe(200);
    expect(await keysOf(person)).toBe(21);
  });
});

test('a request of five changes is done; one that is repeated under one name is one', async () => {
  const person = await gateway.createPerson();
  expect((await send({ query: `mutation { ${create(5)} ${create(5)} }` }, person)).answer.errors).toBeUndefined();
  expect(await keysOf(person)).toBe(6);
});

describe('a request costs', () => {
  const costs: [name: string, cost: number, body: unknown][] = [
    ['one without changes', 1, { query: '{ a: viewer { id } b: viewer { id } }' }],
    ['one with a change', 1, { query: `mutation { ${create(1)} }` }],
    ['three with three changes', 3, { query: `mutation { ${create(3)} }` }],
    [
      'the sum of its operations, each at least one',
      5,
      [{ query: `mutation { ${create(3)} }` }, { query: '{ __typename }' }, { query: `mutation { ${create(1)} }` }],
    ],
    ['one when it is refused for too many', 1, { query: `mutation { ${create(6)} }` }],
  ];

  test.each(costs)('%s', async (_name, cost, body) => {
    const person = await gateway.createPerson();
    await send(body, person);
    const { headers } = await gateway.rest('GET', '/account', person);
    expect(Number(headers.get('x-ratelimit-limit')) - Number(headers.get('x-ratelimit-remaining'))).toBe(cost + 1);
  });

  test('the address the same without a credential', async () => {
    const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '4' }, db: gateway.db });
    const query = 'mutation { a: signOut { __typename } b: signOut { __typename } c: signOut { __typename } }';
    expect((await send({ query }, {}, few, '192.0.2.1')).status).toBe(401);
    expect((await send({ query: '{ __typename }' }, {}, few, '192.0.2.1')).status).toBe(200);
    expect((await send({ query: '{ __typename }' }, {}, few, '192.0.2.1')).status).toBe(429);
  });

  test('more than the account has left: nothing is done', async () => {
    const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '2' }, db: gateway.db });
    const person = await gateway.createPerson();
    expect((await send({ query: `mutation { ${create(3)} }` }, person, few)).status).toBe(429);
    expect(await keysOf(person)).toBe(1);
  });
});

describe('one password is checked in a request', () => {
  const check = (name: string) => `${name}: checkPassword(password: "correct horse") { acceptable }`;
  test.each<[name: string, body: unknown]>([
    ['aliases', { query: `{ ${check('a')} ${check('b')} }` }],
    ['fragments', { query: `{ ...F ${check('b')} } fragment F on Query { ${check('a')} }` }],
    ['a batch', [{ query: `{ ${check('a')} }` }, { query: `{ ${check('a')} }` }]],
  ])('and a second one is refused: %s', async (_name, body) => {
    const { answer } = await send(body);
    const refused = [answer].flat().flatMap(({ errors = [] }) => errors);
    expect(refused).toMatchObject([{ extensions: { limit: 'password checks', found: 2, allowed: 1 } }]);
  });
});
