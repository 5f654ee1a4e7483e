import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';

const open = await startGateway();
const closed = await startGateway({ env: { GRAPHQL_INTROSPECTION: 'off' }, db: open.db });

/** Documents that misspell a name of the schema, each in another position. */
const typos: [place: string, document: string, variables?: object][] = [
  ['a field', '{ viewr { id } }'],
  ['a field below', '{ viewer { profil { id } } }'],
  ['an argument', '{ node(idd: "x") { id } }'],
  ['a type', 'query ($a: Strin) { node(id: $a) { id } }'],
  ['an input field', 'mutation { deleteApiKey(input: { identifer: "x" }) { __typename } }'],
  ['a fragment', '{ viewer { ... on Vewer { id } } }'],
  [
    'an input field in a variable',
    'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { __typename } }',
    { input: { identifier: 'x', identifer: 'x' } },
  ],
];

describe('the schema', () => {
  test('can be read without a credential, unless introspection is off', async () => {
    expect((await open.graphql(getIntrospectionQuery())).data.__schema.queryType.name).toBe('Query');
    for (const document of [getIntrospectionQuery(), '{ __schema { types { name } } }', '{ __type(name: "Viewer") { name } }']) {
      const { data, errors } = await closed.graphql(document);
      expect([data, errors?.[0]?.extensions]).toEqual([undefined, { code: 'BAD_REQUEST' }]);
    }
    expect((await closed.graphql('{ __typename viewer { __typename } }')).data).toEqual({ __typename: 'Query', viewer: null });
  });

  test.each(typos)('is not suggested by errors when introspection is off: %s', async (_place, document, variables = {}) => {
    const person = await open.createPerson();
    const suggested = (await open.graphql(document, { ...variables }, person)).errors?.map(({ message }) => message).join() ?? '';
    expect(suggested).toMatch(/Did you mean/);
    const message = (await closed.graphql(document, { ...variables }, person)).errors?.map(({ message }) => message).join() ?? '';
    expect(message).not.toBe('');
    expect(message).not.toMatch(/did you mean/i);
  });

  test('cannot be read in circles', async () => {
    const circle = (times: number): string => (times === 0 ? 'name' : `fields { type { ${circle(times - 1)} } }`);
    const { data, errors } = await open.graphql(`{ __schema { types { ${circle(5)} } } }`);
    expect([data, errors?.[0]?.extensions]).toEqual([undefined, { code: 'BAD_REQUEST' }]);
  });
});
