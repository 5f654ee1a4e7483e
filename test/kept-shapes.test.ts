import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';
import { createWatchedDatabase } from './watched-database.ts';

const { db, watching } = await createWatchedDatabase();
const gateway = await startGateway({ db, env: { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_API_KEYS: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' } });

/** Numbers that are the same in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
    return state % below;
  };
}

const columns = {
  profile: ['username', 'email', 'firstName', 'lastName', 'language', 'admin', 'createdAt'],
  twoFactor: ['enabled', 'recoveryTokensRemaining'],
  apiKeys: ['id', 'identifier', 'description', 'allowedIps', 'lastUsedAt', 'createdAt'],
  sshKeys: ['id', 'name', 'fingerprint', 'publicKey', 'createdAt'],
  sessions: ['id', 'current', 'ip', 'userAgent', 'createdAt', 'lastSeenAt', 'expiresAt'],
};
const typeOf = { apiKeys: 'ApiKey', sshKeys: 'SshKey', sessions: 'Session' };
const events = ['auth:', 'user:api-key.create', 'EMAIL', '%', 'x'];

describe('what a caller can choose', () => {
  // Each made a statement of its own, which the process and each connection kept until they ended.
  test('makes no statement that is kept: selections, page sizes, filters, sorts, includes, ids and lists of any length', async () => {
    const person = await gateway.createPerson();
    await insertSession(gateway, person);
    const random = createRandom(7);
    const some = (all: readonly string[]) => all.filter(() => random(2) === 0).join(' ') || all[random(all.length)];
    const nodes = (count: number) => {
      const [[name, type] = ['apiKeys', 'ApiKey']] = Object.entries(typeOf).slice(random(3));
      const selection = some(Object.entries(columns).find(([one]) => one === name)?.[1] ?? ['id']);
      const id = (n: number) => Buffer.from(`${type}:${n + 1}`).toString('base64');
      return Array.from({ length: count }, (_, n) => `n${n}: node(id: "${id(n)}") { ... on ${type} { ${selection} } }`).join(' ');
    };
    const ask = [
      () => {
        const parts = Object.entries(columns).map(([part, all]) => (random(2) ? `${part} { ${some(all)} }` : ''));
        return gateway.graphql(`{ viewer { id ${parts.join(' ')} } }`, {}, person);
      },
      () => gateway.graphql(`{ ${nodes(1 + random(50))} }`, {}, person),
      () => {
        const page = `${random(2) ? 'first' : 'last'}: ${random(100)} ${random(2) ? `event: "${events[random(5)]}"` : ''}`;
        const key = `apiKey { ${some(columns.apiKeys)} }`;
        return gateway.graphql(`{ viewer { activity(${page}) { edges { node { ${some(['event', 'ip', key])} } } } } }`, {}, person);
      },
      () => {
        const parts = Array.from({ length: random(11) }, () => events[random(5)]);
        const query = `filter[event]=${parts.map((part) => encodeURIComponent(part ?? '')).join()}&per_page=${random(200)}&page=${random(9)}`;
        return gateway.rest('GET', `/account/activity?${query}&sort=${random(2) ? '-' : ''}timestamp&include[]=actor`, person);
      },
      () => {
        const allowedIps = Array.from({ length: random(50) }, (_, n) => `127.0.0.1/${n % 33}`);
        return gateway.mutate('createApiKey', { description: 'x', allowedIps }, `apiKey { ${some(columns.apiKeys)} }`, person);
      },
    ];
    const kept = new Set<string>();
    watching.watch = ({ sql }) => {
      // Statements with a list of any length are given no name.
      if (!/\bIN \(\$\d+,/.test(sql)) kept.add(sql);
    };
    const askAll = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) await Promise.all(ask.map((one) => one()));
      return kept.size;
    };
    const statements = await askAll(150);
    expect(statements).toBeLessThan(100);
    // A rare set of parts of a viewer can come late.
    expect((await askAll(150)) - statements).toBeLessThan(5);
  });

  // The reads of several requests were one statement, another one for each number of requests.
  test('makes no statement by the number of requests at once', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => gateway.createPerson()));
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
    const browsers: { headers: { cookie: string } }[] = [];
    for (const { username: login, password } of people) {
      const { headers } = await gateway.graphql(query, { input: { login, password } }, { headers: { 'user-agent': 'x' } });
      browsers.push({
        headers: {
          cookie: headers
            .getSetCookie()
            .map((cookie) => cookie.split(';')[0])
            .join('; '),
        },
      });
    }
    const sent = new Set<string>();
    watching.watch = ({ sql }) => void sent.add(sql);
    const askAtOnce = async (count: number) => {
      const present = browsers.slice(0, count);
      await Promise.all(present.map((browser) => gateway.rest('GET', '/account/two-factor', browser)));
      await Promise.all(present.map((browser) => gateway.graphql('{ viewer { twoFactorSetup { uri } } }', {}, browser)));
      const body = { email: 'not an address', password: 'wrong' };
      await Promise.all(present.map((browser) => gateway.rest('PUT', '/account/email', { ...browser, body })));
      await Promise.all(
        people.slice(0, count).map(({ username: login }) => gateway.graphql(query, { input: { login, password: 'wrong' } })),
      );
      await gateway.settle();
      return sent.size;
    };
    const statements = await askAtOnce(1);
    for (const count of [2, 3, 5, 8, 12]) expect(await askAtOnce(count)).toBe(statements);
  });

  // A thousand documents with a hundred errors each took 376 MB, and as many of one-letter fields 240 MB.
  test('makes the cache of documents no larger than its bytes', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const heapBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const open = await startGateway({ db, env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
    const wrongFields = Array.from({ length: 120 }, (_, n) => `a${n}`).join(' ');
    const askFor = (n: number) => [
      open.graphql(`{ ${wrongFields} x${n} }`),
      open.graphql(`{ viewer { ${'id '.repeat(300)} x${n}: id } }`),
      open.graphql(`{ viewer { id } } # ${n} ${'#'.repeat(4_000)}`),
      open.graphql(`{ ${n} ${'('.repeat(4_000)}`),
    ];
    await Promise.all(askFor(0));
    const before = heapBytes();
    for (let n = 1; n <= 400; n += 1) await Promise.all(askFor(n));
    expect(heapBytes() - before).toBeLessThan(40_000_000);
  }, 60_000);
});
