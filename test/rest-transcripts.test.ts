import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashPassword } from '../src/crypto/password-hash.ts';
import { cheapCost, codeFor, startGateway } from './harness.ts';
import { deviations, type Exchange, normalize, notApplicable, readExchanges } from './transcripts/replay.ts';

const env = {
  REST_DIALECT: 'panel',
  APP_NAME: 'Pterodactyl',
  LIMIT_EMAIL_CHANGES_PER_DAY: '0',
  LIMIT_API_KEYS: '0',
  LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0',
};
const gateway = await startGateway({ ownDatabase: true, env });
const password = 'password';
const people = {
  alice: await gateway.createPerson({ username: 'alice', email: 'alice@example.com', firstName: 'Alice', lastName: 'Test', password }),
  bob: await gateway.createPerson({ username: 'bob', email: 'bob@example.com', firstName: 'Bob', lastName: 'Test', password }),
  root: await gateway.createPerson({
    username: 'root',
    email: 'root@example.com',
    firstName: 'Root',
    lastName: 'Test',
    password,
    admin: true,
  }),
};
const original = people.alice;
type Name = keyof typeof people;
const few = { ...env, LIMIT_REQUESTS_PER_MINUTE: '3' };
const limited = await startGateway({ env: few, db: gateway.db });
const forBrowsers = await startGateway({ env: { ...few, CORS_ORIGINS: 'https://frontend.example.com' }, db: gateway.db });

/** The identifiers of this run by those of the panel's run. */
const identifiers = new Map<string, string>();
let enabledCode = '';

test('every exchange with the panel has the same answer, or deviates for a listed reason', async () => {
  const counts = { matched: 0, deviating: 0, 'not applicable': 0 };
  const surprises: string[] = [];
  for (const exchange of readExchanges()) {
    if (notApplicable(exchange)) {
      counts['not applicable'] += 1;
      continue;
    }
    const difference = await replay(exchange);
    counts[difference === null ? 'matched' : 'deviating'] += 1;
    const isExpected = exchange.n in deviations;
    if ((difference !== null) !== isExpected)
      surprises.push(`${exchange.n} ${exchange.name}: ${difference ?? 'matches, and is listed as deviating'}`);
  }
  console.log(`transcripts: ${counts.matched} matched, ${counts.deviating} deviating, ${counts['not applicable']} not applicable`);
  expect(surprises).toEqual([]);
  expect(counts.matched + counts.deviating + counts['not applicable']).toBe(331);
});

/** Sends an exchange again; null when the answer is the same. */
async function replay(exchange: Exchange): Promise<string | null> {
  const target = gatewayOf(exchange);
  await arrange(exchange);
  const body = exchange.body === null || exchange.method === 'GET' || exchange.method === 'HEAD' ? {} : { body: await bodyOf(exchange) };
  const init = { method: exchange.method, headers: headersOf(exchange), ...body };
  // What the panel does not count, the gateway counts for the address, of which each such exchange has one of its own.
  const peer = target === limited ? `127.0.0.${exchange.n - 200}` : '127.0.0.1';
  const response = await target.fetch(pathOf(exchange), init, peer);
  const text = await response.text();
  if (exchange.response.includes('"identifier":"ptlc_') && exchange.method === 'POST' && response.status === 200) {
    identifiers.set(JSON.parse(exchange.response).attributes.identifier, JSON.parse(text).attributes.identifier);
  }
  const expected = {
    status: exchange.status,
    body: exchange.response === '(an HTML page)' ? exchange.response : normalize(exchange.response),
  };
  const actual = { status: response.status, body: normalize(text) };
  const names = ['x-ratelimit-limit', 'allow', ...(exchange.status === 200 && exchange.method !== 'OPTIONS' ? ['content-type'] : [])];
  for (const name of names) {
    Object.assign(expected, { [name]: exchange.headers[name] ?? null });
    Object.assign(actual, { [name]: response.headers.get(name) });
  }
  return JSON.stringify(expected) === JSON.stringify(actual) ? null : `${JSON.stringify(expected)} became ${JSON.stringify(actual)}`;
}

/** The gateway of an exchange: the panel allowed 3 requests per minute in some, and one origin in others. */
function gatewayOf({ n }: Exchange) {
  if (n >= 272 && n <= 283) return limited;
  return [284, 285, 286, 294].includes(n) ? forBrowsers : gateway;
}

function headersOf({ name, who, accept, type, n, headers }: Exchange): Record<string, string> {
  const authorization = authorizationOf(name, who);
  return {
    ...(accept === null ? {} : { accept }),
    ...(type === null ? {} : { 'content-type': type }),
    ...(authorization === null ? {} : { authorization }),
    ...(name.startsWith('cors') && n !== 287 ? { origin: 'https://frontend.example.com' } : {}),
    ...(headers['access-control-allow-headers']
      ? { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' }
      : {}),
  };
}

function authorizationOf(name: string, who: string | null): string | null {
  const { token, identifier } = people.alice;
  const special: Record<string, string> = {
    'bad secret': `Bearer ${identifier}${'x'.repeat(32)}`,
    'unknown ident': `Bearer ptlc_unknownunkn${'x'.repeat(32)}`,
    'only ident': `Bearer ${identifier}`,
    pipe: `Bearer 1|${token}`,
    short: 'Bearer x',
    'ident case': `Bearer ${token.slice(0, 16).toUpperCase()}${token.slice(16)}`,
    'lower bearer': `bearer ${token}`,
    comma: `Bearer ${token},foo`,
    'use secret only': `Bearer ${token.slice(16)}`,
    'not yet expired': `Bearer ${token}`,
  };
  if (special[name]) return special[name];
  return who === null || who === 'cookie' ? null : `Bearer ${people[who as Name].token}`;
}

function pathOf({ path, name }: Exchange): string {
  if (name === 'del self') return `/api/client/account/api-keys/${people.alice.identifier}`;
  return path.replace(/ptlc_\w{11}/i, (recorded) => {
    const known = [...identifiers].find(([theirs]) => theirs.toLowerCase() === recorded.toLowerCase());
    if (!known) return recorded;
    return known[0] === recorded ? known[1] : swapCase(known[1]);
  });
}

function swapCase(text: string): string {
  return [...text].map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())).join('');
}

async function bodyOf({ body, name, n }: Exchange): Promise<BodyInit> {
  if (name === 'badjson utf8') return new Uint8Array([...Buffer.from('{"email":"'), 0xff, ...Buffer.from('"}')]);
  const text = (body ?? '').replace('{private key}', () => JSON.stringify(privateKey()).slice(1, -1));
  const { secret } = n >= 180 && n <= 192 ? await setup() : { secret: '' };
  const codes: Record<string, () => string> = {
    '2fa offset 5': () => codeFor(secret, new Date(gateway.clock.now().getTime() + 150_000)),
    '2fa re-enable same code': () => enabledCode,
    '2fa re-enable +4': () => codeFor(secret, new Date(gateway.clock.now().getTime() + 120_000)),
  };
  const code = codes[name]?.();
  return code ? JSON.stringify({ ...JSON.parse(text), code }) : text;
}

function privateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

let setupSecret = '';
async function setup(): Promise<{ secret: string }> {
  const answer = await gateway.rest('GET', '/account/two-factor', { token: people.bob.token });
  if (answer.status === 200) setupSecret = answer.body.data.secret;
  return { secret: setupSecret };
}

/** Does what was done on the panel between the exchanges. */
async function arrange(exchange: Exchange): Promise<void> {
  const { n, name } = exchange;
  const { alice, bob } = people;
  if (![76, 77, 79].includes(n)) await setPassword({ 268: 'password2', 271: 'password3' }[n] ?? password);
  const emailed = { email: 'alice@example.com', emailFolded: 'alice@example.com' };
  if (n !== 69) await gateway.db.account.update({ where: { id: alice.id }, data: emailed });
  if (exchange.path.endsWith('/ssh-keys') && exchange.method === 'POST') await arrangeSshKeys(exchange);
  const ips = name.startsWith('ip blocked')
    ? ['203.0.113.5']
    : name.startsWith('ips ')
      ? JSON.parse(name.slice(4).replaceAll("'", '"'))
      : [];
  await gateway.db.apiKey.update({ where: { identifier: alice.identifier }, data: { allowedIps: ips } }).catch(() => undefined);
  if (n === 189) await enableBob();
  if (n === 156) people.alice = { ...alice, ...(await anotherKey()) };
  if (n === 157) people.alice = original;
  if (n === 177) await gateway.db.twoFactorSetup.deleteMany({ where: { accountId: bob.id } });
  if (['rl 3', 'rl 4', 'rl star'].includes(name)) await exhaust(alice.token);
  if (n === 326) await failSignIn(bob.id);
  if (n >= 282 && n <= 283) await exhaust(people.root.token);
}

async function setPassword(value: string): Promise<void> {
  await gateway.db.account.update({ where: { id: people.alice.id }, data: { passwordHash: await hashPassword(value, cheapCost) } });
}

async function arrangeSshKeys({ response, body }: Exchange): Promise<void> {
  const accountId = people.alice.id;
  await gateway.db.sshKey.deleteMany({ where: { accountId } });
  if (!response.includes('already exists')) return;
  await gateway.rest('POST', '/account/ssh-keys', {
    token: people.alice.token,
    body: { name: 'before', public_key: JSON.parse(body ?? '').public_key },
  });
}

async function enableBob(): Promise<void> {
  const { secret } = await setup();
  enabledCode = codeFor(secret, gateway.clock.now());
  await gateway.rest('POST', '/account/two-factor', { token: people.bob.token, body: { code: enabledCode, password } });
}

async function anotherKey() {
  const { token } = await gateway.mutate('createApiKey', { description: 'another' }, 'token', { token: people.alice.token });
  return { token, identifier: token?.slice(0, 16) };
}

/** The row of a failed sign-in, as the panel writes it. */
async function failSignIn(accountId: number): Promise<void> {
  const properties = { ip: '127.0.0.1', useragent: null, username: 'bob' };
  await gateway.db.activity.create({
    data: { accountId, event: 'auth:fail', ip: '127.0.0.1', properties, occurredAt: gateway.clock.now() },
  });
}

async function exhaust(token: string): Promise<void> {
  for (let request = 0; request < 3; request += 1) await limited.rest('GET', '/account', { token });
}
