import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';

const gateway = await startGateway();
const person = await gateway.createPerson();

/** What an answer says when a document is refused before it is run. */
async function refusalOf(document: string) {
  const { errors, data, status } = await gateway.graphql(document, {}, person);
  return { status, data: data ?? null, code: errors?.[0]?.extensions['code'], message: errors?.[0]?.message };
}

const aliases = (count: number, field: string) => Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ');

describe('a document that asks for too much', () => {
  test.each([
    ['aliases', `{ viewer { ${aliases(61, 'twoFactorSetup { secret }')} } }`, /60.*61/],
    ['aliases in a fragment', `{ viewer { ...F } } fragment F on Viewer { ${aliases(61, 'id')} }`, /60.*61/],
    ['directives', `{ viewer { id ${'@skip(if: false) '.repeat(51)} } }`, /50.*51/],
    [
      'depth',
      `{ viewer { activity { edges { ${'node { apiKey { id } } ... on ActivityEdge { '.repeat(20)} cursor ${'}'.repeat(20)} } } } }`,
      /15/,
    ],
    ['tokens', `{ viewer { ${'id '.repeat(2_001)} } }`, /2000/],
    ['nesting without end', '{a'.repeat(50_000), /2000/],
  ])('%s is refused before it is run, with the limit', async (_name, document, figures) => {
    const refusal = await refusalOf(document);
    expect(refusal).toMatchObject({ data: null, code: 'BAD_REQUEST', message: expect.stringMatching(figures) });
    expect([200, 400]).toContain(refusal.status);
  });

  test('is refused in a mutation before any of it is done', async () => {
    const before = await gateway.db.apiKey.count();
    const { code } = await refusalOf(`mutation { ${aliases(61, 'createApiKey(input: { description: "x" }) { __typename }')} }`);
    expect([code, await gateway.db.apiKey.count()]).toEqual(['BAD_REQUEST', before]);
  });
});

test('what explorers and frontends ask for is far within the limits', async () => {
  expect((await gateway.graphql(getIntrospectionQuery())).errors).toBeUndefined();
  const everything =
    'profile { username email } twoFactor { enabled } apiKeys { identifier allowedIps } sshKeys { fingerprint } sessions { ip }';
  const document = `{ viewer { ${everything} activity { edges { node { event apiKey { identifier } } } } ${aliases(5, 'apiKeys { id }')} } }`;
  expect((await gateway.graphql(document, {}, person)).errors).toBeUndefined();
});

test('0 turns a limit off', async () => {
  const open = await startGateway({ env: { LIMIT_DOCUMENT_ALIASES: '0', LIMIT_DOCUMENT_TOKENS: '0' }, db: gateway.db });
  const { errors } = await open.graphql(`{ viewer { ${aliases(500, 'id')} } }`, {}, { token: person.token });
  expect(errors).toBeUndefined();
});
