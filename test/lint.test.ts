import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';

const eslint = new ESLint({ cwd: fileURLToPath(new URL('..', import.meta.url)) });

/** The names of the rules that a text breaks where it stands. */
async function findBroken(text: string, filePath = 'schema.graphql'): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId?.replace('@graphql-eslint/', '') ?? message);
}

describe('the lint finds a violation in the schema', () => {
  test.each([
    ['type Thing { "Said." name: String }', 'require-description'],
    ['"Said." type Thing { name: String }', 'require-description'],
    ['"Said." type Thing { "Said." name("Said." a_b: Int): String }', 'naming-convention'],
    ['"Said." input Thing { "Said." name: String }', 'naming-convention'],
    ['"Said." union Thing = Profile', 'naming-convention'],
    ['"Said." type Thing { "Said." thingName: String }', 'no-typename-prefix'],
    ['"Said." type Thing { "Said." name: String @deprecated }', 'require-deprecation-reason'],
    ['"Said." type ThingConnection { "Said." edges: [ActivityEdge!]! }', 'relay-connection-types'],
    [
      '"Said." type ThingConnection { "Said." edges: [Thing] "Said." pageInfo: PageInfo! } "Said." type Thing { "Said." node: String! }',
      'relay-edge-types',
    ],
    ['"Said." type Thing { "Said." others: ActivityConnection! }', 'relay-arguments'],
    ['"Said." type PageInfo { "Said." hasNextPage: Boolean! }', 'relay-page-info'],
    ['"Said." type Mutation { "Said." makeThing("Said." input: OtherInput!): Thing }', 'input-name'],
    ['"Said." type Mutation { "Said." makeThing: Boolean }', 'no-scalar-result-type-on-mutation'],
  ])('%s: %s', async (text, rule) => {
    expect(await findBroken(text)).toContain(rule);
  });
});

test('the lint finds a violation in the documents of the clients', async () => {
  const path = 'test/clients/operations.graphql';
  expect(await findBroken('query Thing { viewer { nothing } }', path)).toContain('fields-on-correct-type');
  expect(await findBroken('query Thing { viewer { id } }', path)).toEqual([]);
});
