import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { buildSchema, Kind, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { firstTabs } from '../explorer/tabs.ts';
import { codeFor, startGateway } from './harness.ts';

const gateway = await startGateway();
const asBrowser = (headers: Record<string, string> = {}) =>
  gateway.fetch('/graphql', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers } });

describe('the page', () => {
  test('is served to browsers at /graphql, and loads nothing from another host', async () => {
    const response = await asBrowser();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await response.text();
    expect(html).toMatch(/^<!doctype html>[\s\S]*<title>Account Gateway<\/title>/);
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(html).not.toMatch(/<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?\/\//i);
  });

  test('is not served to clients of GraphQL', async () => {
    const response = await gateway.fetch('/graphql?query={viewer{id}}', { headers: { accept: 'application/json' } });
    expect(await response.json()).toEqual({ data: { viewer: null } });
    expect(response.headers.get('content-security-policy')).toBeNull();
  });

  test('can run its own scripts only, and send requests to the gateway only', async () => {
    const response = await asBrowser();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/https?:|\*/);
    expect(policy).toMatch(/; script-src 'sha256-[\w+/]{43}='; /);
  });

  test('is the same in every encoding, and not sent again to a browser that has it', async () => {
    const plain = await asBrowser();
    const packed = await asBrowser({ 'accept-encoding': 'br' });
    expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([null, 'br']);
    expect(brotliDecompressSync(await packed.arrayBuffer()).equals(Buffer.from(await plain.arrayBuffer()))).toBe(true);
    expect([plain.headers.get('vary'), packed.headers.get('vary')]).toEqual(['Accept, Accept-Encoding', 'Accept, Accept-Encoding']);
    const again = await asBrowser({ 'if-none-match': packed.headers.get('etag') ?? '' });
    expect([again.status, await again.text(), again.headers.get('cache-control')]).toEqual([304, '', 'no-cache']);
  });
});

test('a first visit is less than half a megabyte, in every encoding that browsers accept', async () => {
  for (const encoding of ['br', 'gzip']) {
    const response = await asBrowser({ 'accept-encoding': encoding });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    const { byteLength } = await response.arrayBuffer();
    console.log(`the explorer with ${encoding}: ${Math.round(byteLength / 1000)} kB`);
    expect(byteLength).toBeLessThan(500_000);
  }
});

test('the schema has a description, for the first page of the documentation', async () => {
  const { data } = await gateway.graphql('{ __schema { description } }');
  expect(data.__schema.description).toMatch(/^The account of a game-server panel: /);
});

describe('the first tabs', () => {
  const document = parse(firstTabs.map(({ query }) => query).join('\n'));
  const operations = document.definitions.filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION);
  const variables = Object.assign({}, ...firstTabs.map((tab) => JSON.parse(tab.variables)));
  const run = async (name: string, given: object, headers: Record<string, string>) => {
    const operation = operations.find((one) => one.name?.value === name);
    if (!operation) throw new Error(`no operation ${name}`);
    return gateway.graphql(print(operation), { ...variables, ...given }, { headers });
  };

  test('begin with the sign-in, and have one valid operation each, with a value for each of its variables and no other', () => {
    const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
    expect(validate(schema, document)).toEqual([]);
    expect(operations[0]?.name?.value).toBe('SignIn');
    for (const tab of firstTabs) {
      const [operation, ...others] = parse(tab.query).definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION || !operation.name) throw new Error(`no operation with a name in: ${tab.query}`);
      expect(others).toEqual([]);
      const named = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
      expect(Object.keys(JSON.parse(tab.variables)).sort()).toEqual(named.sort());
    }
  });

  test('can be sent as they are, within every limit of a document', async () => {
    for (const { query, variables } of firstTabs) {
      const body = JSON.stringify({ query, variables: JSON.parse(variables) });
      const response = await gateway.fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
      expect(errors.filter(({ extensions }) => extensions.code !== 'UNAUTHENTICATED')).toEqual([]);
    }
  });

  test('say how to sign in, and where an API key goes', () => {
    expect(firstTabs[0]?.query).toMatch(/^# Sign in first[\s\S]*"Headers"[\s\S]*\{"Authorization": "Bearer ptlc_…"\}/);
  });

  test('signs in, enables two-factor authentication, creates a key and signs out', async () => {
    const person = await gateway.createPerson();
    const asked = { login: person.username, password: person.password };
    const signedIn = await run('SignIn', asked, {});
    expect(signedIn.data.signIn.viewer.profile.username).toBe(person.username);
    const cookie = { cookie: signedIn.headers.get('set-cookie')?.split(';')[0] ?? '' };
    const { secret } = (await run('TwoFactorSetup', {}, cookie)).data.viewer.twoFactorSetup;
    const enabling = { ...asked, code: codeFor(secret, gateway.clock.now()) };
    expect((await run('EnableTwoFactor', enabling, cookie)).data.enableTwoFactor.recoveryTokens).toHaveLength(10);
    expect((await run('CreateApiKey', {}, cookie)).data.createApiKey.token).toMatch(/^ptlc_/);
    expect((await run('AddSshKey', {}, cookie)).data.addSshKey.issues[0].field).toBe('publicKey');
    expect((await run('Account', {}, cookie)).data.viewer).toMatchObject({ twoFactor: { enabled: true }, sessions: [{ current: true }] });
    expect((await run('SignOut', {}, cookie)).data.signOut).toEqual({ viewer: null });

    const { challenge } = (await run('SignIn', asked, {})).data.signIn;
    gateway.clock.advance(30);
    const answering = { challenge, code: codeFor(secret, gateway.clock.now()) };
    expect((await run('CompleteSignIn', answering, {})).data.completeSignIn.viewer.profile.username).toBe(person.username);
  });
});
