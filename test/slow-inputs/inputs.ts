import { makeDocument } from './documents.ts';
import { makeText, pick } from './texts.ts';

type Random = (bound: number) => number;

export type Input = {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Whether an API key is sent. */
  readonly isKnown: boolean;
};

/** The secrets of the account, for operations that check one before they read the rest. */
export type Secrets = { readonly username: string; readonly password: string; readonly token: string };

const bodyCharactersMax = 250_000;
const headerCharactersMax = 15_000;
const lengths = [191, 382, 1_024, 16_384, 60_000];

/** The operations of GraphQL, with the fields of their inputs. */
const operations: readonly (readonly [name: string, fields: readonly string[], others: (secrets: Secrets) => object])[] = [
  ['signIn', ['login', 'password'], ({ username }) => ({ login: username, password: 'wrong' })],
  ['completeSignIn', ['challenge'], () => ({ challenge: 'x', answer: { code: '123456' } })],
  ['updateEmail', ['email', 'password'], ({ password }) => ({ email: 'a@example.com', password })],
  ['updatePassword', ['currentPassword', 'newPassword'], ({ password }) => ({ currentPassword: password, newPassword: 'x' })],
  ['enableTwoFactor', ['code', 'password'], ({ password }) => ({ code: '123456', password })],
  ['disableTwoFactor', ['password'], () => ({ password: 'x' })],
  ['createApiKey', ['description'], () => ({ description: 'x', allowedIps: ['x'] })],
  ['deleteApiKey', ['identifier'], () => ({ identifier: 'x' })],
  ['addSshKey', ['name', 'publicKey'], () => ({ name: 'x', publicKey: 'x' })],
  ['removeSshKey', ['fingerprint'], () => ({ fingerprint: 'x' })],
  ['revokeSession', ['id'], () => ({ id: 'x' })],
];

const reads: readonly (readonly [document: string, variable: string])[] = [
  ['query ($v: String!) { checkPassword(password: $v) { acceptable messages } }', 'v'],
  ['query ($v: ID!) { node(id: $v) { id } }', 'v'],
  ['query ($v: String) { viewer { activity(event: $v) { edges { cursor } } } }', 'v'],
  ['query ($v: String) { viewer { activity(after: $v) { edges { cursor } } } }', 'v'],
];

const routes: readonly (readonly [method: string, path: string, fields: readonly string[]])[] = [
  ['PUT', '/account/email', ['email', 'password']],
  ['PUT', '/account/username', ['username', 'password']],
  ['PUT', '/account/password', ['current_password', 'password', 'password_confirmation']],
  ['POST', '/account/two-factor', ['code', 'password']],
  ['POST', '/account/two-factor/disable', ['password']],
  ['POST', '/account/api-keys', ['description', 'allowed_ips', 'allowed_ips[]']],
  ['POST', '/account/ssh-keys', ['name', 'public_key']],
  ['POST', '/account/ssh-keys/remove', ['fingerprint']],
  ['GET', '/account/activity', ['filter[event]', 'sort', 'include', 'page', 'per_page', 'filter[a]', '_method']],
];

const headerNames = [
  ...['authorization', 'cookie', 'accept', 'accept-encoding', 'accept-language', 'origin', 'x-forwarded-for', 'forwarded', 'user-agent'],
  ...['content-type', 'if-none-match', 'x-http-method-override', 'access-control-request-headers', 'sec-fetch-site', 'host', 'referer'],
];

/** Makes an input near the maximum length of what it goes to. */
export function makeInput(random: Random, secrets: Secrets): Input {
  const input = pick(random, [
    makeOperation,
    makeOperation,
    makeRead,
    makeGraphql,
    makeGraphql,
    makeBatch,
    makeRest,
    makeRest,
    makeShape,
    makeHeader,
    makePath,
  ])(random, secrets);
  const isKnown = random(2) === 0;
  const authorization = isKnown && !('authorization' in input.headers) ? { authorization: `Bearer ${secrets.token}` } : {};
  return { ...input, isKnown, headers: { ...authorization, ...input.headers } };
}

type Unsigned = Omit<Input, 'isKnown'>;
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function graphql(name: string, body: unknown): Unsigned {
  return { name: `GraphQL ${name}`, method: 'POST', path: '/graphql', headers: json, body: cut(JSON.stringify(body)) };
}

function makeOperation(random: Random, secrets: Secrets): Unsigned {
  const [name, fields, others] = pick(random, operations);
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const text = makeText(random, pick(random, lengths));
  const field = pick(random, fields);
  const input = {
    ...others(secrets),
    [field]: text,
    ...(name === 'createApiKey' && random(2) ? { allowedIps: Array(random(20_000)).fill(text.slice(0, 8)) } : {}),
  };
  return graphql(`${name}.${field} ${show(text)}`, {
    query: `mutation ($i: ${type}!) { ${name}(input: $i) { __typename } }`,
    variables: { i: input },
  });
}

function makeRead(random: Random): Unsigned {
  const [query, variable] = pick(random, reads);
  const text = makeText(random, pick(random, [32, 64, ...lengths]));
  return graphql(`${query.slice(15, 60)} ${show(text)}`, { query, variables: { [variable]: text } });
}

function makeGraphql(random: Random): Unsigned {
  const query = makeDocument(random);
  return graphql(`document ${show(query)}`, { query, ...(random(4) === 0 ? { operationName: makeText(random, 40_000) } : {}) });
}

function makeBatch(random: Random): Unsigned {
  const query = makeDocument(random).slice(0, 20_000);
  return graphql(`batch ${show(query)}`, Array(10).fill({ query }));
}

function makeRest(random: Random, { password }: Secrets): Unsigned {
  const [method, path, fields] = pick(random, routes);
  const field = pick(random, fields);
  const text = makeText(random, pick(random, lengths));
  const right = path.includes('password') ? { current_password: password } : path.includes('two-factor') ? { password } : {};
  const all = {
    ...(path.includes('email') || path.includes('username') ? { password } : {}),
    ...right,
    ...Object.fromEntries(fields.map((name) => [name, 'x'])),
    ...right,
    [field]: text,
  };
  const name = `REST ${method} ${path} ${field} ${show(text)}`;
  const encoded = new URLSearchParams(all).toString();
  if (random(3) === 0)
    return { name, method, path: `/api/client${path}?${encoded.slice(0, headerCharactersMax)}`, headers: {}, body: null };
  if (random(2) === 0) return { name, method, path: `/api/client${path}`, headers: form, body: cut(encoded) };
  return { name, method, path: `/api/client${path}`, headers: json, body: cut(JSON.stringify(all)) };
}

/** Bodies whose shape is the difficulty. */
function makeShape(random: Random): Unsigned {
  const part = pick(random, [
    'a=b&',
    'a[]=b&',
    'a[b][c]=d&',
    `a${'[b]'.repeat(60)}=c&`,
    '&',
    '=',
    '%',
    'a[',
    `${random(9)}=1&`,
    'allowed_ips[]=1.1.1.1&',
    'filter[event]=a&',
  ]);
  const shape = pick(random, ['[', '{"a":', '"', '[1,', '{"a":1,', '\\"', '1', '-', 'nul', ' ', '[[],', '"\\u0000",']);
  const list = pick(random, ['"1.1.1.1",', '"",', '"x",', '[],', '{},', '1,']);
  const [headers, body] = pick(random, [
    [form, part.repeat(bodyCharactersMax / part.length)],
    [json, shape.repeat(bodyCharactersMax / shape.length)],
    [json, `{"description":"x","allowed_ips":[${list.repeat(200_000 / list.length)}"1.1.1.1"]}`],
    [json, `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join(',')}}`],
  ] as const);
  const [method, path] = pick(random, [
    ...routes.map(([method, path]) => [method, `/api/client${path}`] as const),
    ['POST', '/graphql'] as const,
  ]);
  return { name: `shape ${method} ${path} ${show(body)}`, method, path, headers, body: cut(body) };
}

function makeHeader(random: Random): Unsigned {
  const name = pick(random, headerNames);
  const text = latin(makeText(random, headerCharactersMax)).slice(0, headerCharactersMax);
  const [method, path] = pick(random, [
    ['POST', '/graphql'],
    ['GET', '/graphql'],
    ['GET', '/api/client/account'],
    ['OPTIONS', '/graphql'],
  ] as const);
  const body = method === 'POST' ? '{"query":"{ __typename }"}' : null;
  return { name: `header ${name} ${show(text)}`, method, path, headers: { ...(body ? json : {}), [name]: text }, body };
}

function makePath(random: Random): Unsigned {
  const text = encodeURIComponent(makeText(random, headerCharactersMax / 9).toWellFormed()).slice(0, headerCharactersMax);
  const raw = latin(makeText(random, headerCharactersMax)).replaceAll(/[^!-~]/g, '/');
  const path = pick(random, [
    `/${text}`,
    `/${raw}`,
    `/api/client/account/api-keys/${text}`,
    `/api/client/account/ssh-keys/${raw}`,
    `/graphql?query=${text}`,
    `/graphql?variables=${text}`,
    `/api/client/account?${text}`,
  ]);
  return {
    name: `path ${show(path)}`,
    method: pick(random, ['GET', 'DELETE', 'POST']),
    path: path.slice(0, headerCharactersMax),
    headers: {},
    body: null,
  };
}

/** What a header can carry. */
function latin(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, 'x').trim();
}

function cut(body: string): string {
  return Buffer.byteLength(body) > bodyCharactersMax ? Buffer.from(body).subarray(0, bodyCharactersMax).toString() : body;
}

function show(text: string): string {
  return `${JSON.stringify(text.slice(0, 40).toWellFormed())}… (${text.length})`;
}
