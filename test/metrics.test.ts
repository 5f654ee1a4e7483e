import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Overloaded } from '../src/account/refusals.ts';
import { readConfig } from '../src/config/config.ts';
import { createMetrics } from '../src/server/metrics.ts';
import { codeFor, startGateway, type TestGateway } from './harness.ts';
import { readMetrics, type Sample, startMetrics } from './metrics.ts';

const gateway = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' } });
const origin = await startMetrics(gateway);
const read = () => readMetrics(origin);

async function signInWith(to: TestGateway, login: string, password: string, peer: string) {
  const query = `mutation ($input: SignInInput!) { signIn(input: $input) { ... on TwoFactorRequired { challenge } ... on Error { code } } }`;
  return (await to.graphql(query, { input: { login, password } }, { peer })).data.signIn;
}

/** The samples of a metric that changed, with the difference. */
async function changesOf(name: string, work: () => Promise<unknown>): Promise<Sample[]> {
  const before = new Map((await read()).map((sample) => [keyOf(sample), sample.value]));
  await work();
  return (await read()).flatMap((sample) => {
    const change = sample.value - (before.get(keyOf(sample)) ?? 0);
    return sample.name === name && change !== 0 ? [{ ...sample, value: change }] : [];
  });
}

function keyOf({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(labels)}`;
}

test('requests are measured by API, operation and outcome, and by no value that a caller chose', async () => {
  const person = await gateway.createPerson();
  const marked = 'MarkedName0123';
  const measured = await changesOf('gateway_request_duration_seconds_count', async () => {
    await gateway.rest('GET', '/account', person);
    await gateway.rest('GET', '/account');
    await gateway.rest('PUT', '/account/email', { ...person, body: { email: 'x', password: 'wrong' } });
    await gateway.rest('GET', `/${marked}`, person);
    await gateway.fetch(`/${marked}`, { method: marked });
    await gateway.fetch('/health/live');
    await gateway.graphql(`query ${marked} { ${marked}: viewer { id } __typename }`, {}, person);
    await gateway.graphql(`query ${marked} { viewer { id } node(id: "${marked}") { id } }`, {}, person);
    await gateway.graphql(`{ ${marked} }`, {}, person);
    await gateway.mutate('deleteApiKey', { identifier: marked }, 'deletedApiKeyId', person);
  });
  const listed = measured.map(({ labels, value }) => `${labels['api']} ${labels['operation']} ${labels['outcome']} ${value}`);
  expect(listed.sort()).toEqual([
    'graphql deleteApiKey NOT_FOUND 1',
    'graphql none BAD_REQUEST 1',
    'graphql several ok 1',
    'graphql viewer ok 1',
    'other none NOT_FOUND 1',
    'other none ok 1',
    'rest getAccount ok 1',
    'rest none NOT_FOUND 1',
    'rest none UNAUTHENTICATED 1',
    'rest updateEmail INCORRECT_PASSWORD 1',
  ]);
  expect(JSON.stringify(await read())).not.toContain(marked);
});

test('each request that is refused is counted by API and code', async () => {
  const person = await gateway.createPerson();
  const refused = await changesOf('gateway_refusals_total', async () => {
    await gateway.rest('GET', '/account', person);
    for (let round = 0; round < 2; round += 1) await gateway.rest('POST', '/account/api-keys', { ...person, body: {} });
    await gateway.mutate('disableTwoFactor', { password: 'wrong' }, 'viewer { id }', person);
  });
  expect(refused.map(({ labels, value }) => [labels, value])).toEqual([
    [{ api: 'rest', code: 'INVALID_INPUT' }, 2],
    [{ api: 'graphql', code: 'INCORRECT_PASSWORD' }, 1],
  ]);
});

test('sign-ins are counted by how they end', async () => {
  const [plain, guarded] = [await gateway.createPerson(), await gateway.createPerson()];
  const { secret } = await gateway.enableTwoFactor(guarded);
  gateway.clock.advance(60);
  const ended = await changesOf('gateway_sign_ins_total', async () => {
    await signInWith(gateway, plain.username, plain.password, '192.0.2.1');
    for (let round = 0; round < 12; round += 1) await signInWith(gateway, plain.username, 'wrong', '192.0.2.2');
    const challenge = (await signInWith(gateway, guarded.username, guarded.password, '192.0.2.3')).challenge;
    await complete(challenge, '000000');
    await complete(challenge, codeFor(secret, gateway.clock.now()));
  });
  expect(Object.fromEntries(ended.map(({ labels, value }) => [labels['outcome'], value]))).toEqual({
    succeeded: 2,
    failed: 11,
    locked: 2,
    second_factor_required: 1,
  });
});

function complete(challenge: string, code: string) {
  const query = `mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { __typename } }`;
  return gateway.graphql(query, { input: { challenge, answer: { code } } }, { peer: '192.0.2.3' });
}

test('lock-outs are counted by source, and reached limits by their name', async () => {
  const limited = await startGateway({ db: gateway.db, env: { LIMIT_WRONG_SECRETS_PER_15_MINUTES: '1', LIMIT_SIGN_INS_PER_MINUTE: '3' } });
  const [person, from] = [await limited.createPerson(), await startMetrics(limited)];
  for (let round = 0; round < 4; round += 1) await signInWith(limited, person.username, 'wrong', '192.0.2.4');
  for (let round = 0; round < 3; round += 1)
    await limited.rest('PUT', '/account/email', { ...person, body: { email: 'a@example.com', password: 'wrong' } });
  const samples = await readMetrics(from);
  const of = (name: string) =>
    samples.flatMap((sample) => (sample.name === name && sample.value > 0 ? [[sample.labels, sample.value]] : []));
  expect(of('gateway_lock_outs_total')).toEqual([
    [{ source: 'network' }, 2],
    [{ source: 'apiKey' }, 2],
  ]);
  expect(of('gateway_rate_limited_total')).toEqual([
    [{ limit: 'wrongSecrets' }, 2],
    [{ limit: 'signIns' }, 1],
  ]);
});

test('more passwords than can be hashed are counted as overload, and those that wait are shown', async () => {
  const busy = await startGateway({ db: gateway.db, env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });
  const [person, from] = [await busy.createPerson(), await startMetrics(busy)];
  const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
  const { hashing } = busy.tools;
  const work: Promise<unknown>[] = [];
  // Until the queue accepts no more.
  for (let isFull = false; !isFull; ) {
    const run = hashing.run(() => pause);
    isFull = await Promise.race([
      run.then(
        () => false,
        () => true,
      ),
      new Promise<boolean>((resolve) => setImmediate(resolve, false)),
    ]);
    work.push(run.catch(() => undefined));
  }
  const find = async (name: string) => (await readMetrics(from)).find((sample) => sample.name === name)?.value;
  expect(await find('gateway_hashing_waiting')).toBeGreaterThan(0);
  expect(await signInWith(busy, person.username, person.password, '192.0.2.5')).toMatchObject({ code: 'OVERLOADED' });
  goOn();
  await Promise.all(work);
  const samples = await readMetrics(from);
  expect(samples).toContainEqual({ name: 'gateway_sign_ins_total', labels: { outcome: 'overloaded' }, value: 1 });
  expect(await find('gateway_hashing_waiting')).toBe(0);
  expect(await find('gateway_hashing_wait_seconds_count')).toBeGreaterThanOrEqual(work.length - 1);
});

test('connections, streams and the version are shown', async () => {
  const samples = await read();
  const of = (name: string) => samples.filter((sample) => sample.name === name);
  expect(of('gateway_database_connections').map(({ labels }) => labels)).toEqual([{ state: 'active' }, { state: 'idle' }]);
  expect(of('gateway_database_connections').reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(0);
  expect(of('gateway_database_connections_waiting')).toEqual([{ name: expect.any(String), labels: {}, value: 0 }]);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(of('gateway_build_info')).toEqual([{ name: 'gateway_build_info', labels: { version }, value: 1 }]);
  // Without Redis there is none to be down.
  expect(of('gateway_redis_up')).toEqual([]);
  expect(of('process_cpu_seconds_total')).toHaveLength(1);

  const closing = new AbortController();
  const person = await gateway.createPerson();
  const watched = await gateway.tools.feed.watch(person.actor, null, closing.signal);
  const streams = async () => (await read()).find(({ name }) => name === 'gateway_streams')?.value;
  expect(await streams()).toBe(1);
  closing.abort();
  await watched.next();
  expect(await streams()).toBe(0);
});

test('whether Redis answers is shown where it is used', async () => {
  const metrics = createMetrics();
  let isUp = true;
  const nothing = { countHashingWaiting: () => 0, countStreams: () => 0, countConnections: () => ({ active: 0, idle: 0, waiting: 0 }) };
  metrics.watch({ ...nothing, isRedisUp: () => isUp });
  const from = await startMetrics({ metrics });
  const up = async () => (await readMetrics(from)).find(({ name }) => name === 'gateway_redis_up')?.value;
  expect(await up()).toBe(1);
  isUp = false;
  expect(await up()).toBe(0);
});

test('the listener of the metrics has nothing else, and there is none where no port is set', async () => {
  expect((await fetch(`${origin}/graphql`)).status).toBe(404);
  expect((await fetch(`${origin}/metrics`, { method: 'POST' })).status).toBe(404);
  expect(await gateway.metrics.serve(readConfig({}))).toBeNull();
});

test('an address or a port of the metrics that cannot be used is named', async () => {
  const port = new URL(origin).port;
  await expect(createMetrics().serve(readConfig({ METRICS_PORT: port }))).rejects.toThrow(`METRICS_PORT ${port} on 127.0.0.1 is in use`);
  const elsewhere = readConfig({ METRICS_PORT: port, METRICS_HOST: '192.0.2.1' });
  await expect(createMetrics().serve(elsewhere)).rejects.toThrow('METRICS_HOST 192.0.2.1 is not an address of this machine');
});

test.each(['deploy/grafana-dashboard.json', 'deploy/alerts.yml'])('%s asks for metrics and codes that exist', async (file) => {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const served = new Set((await read()).map(({ name }) => name)).add('gateway_redis_up');
  const asked = [...text.matchAll(/\b(?:gateway|process|nodejs)_\w+/g)].map(([name]) => name);
  expect(asked.length).toBeGreaterThan(5);
  expect([...new Set(asked)].filter((name) => !served.has(name))).toEqual([]);
  // A code that no refusal has would never raise an alert.
  const codes = ['INTERNAL', 'UNAVAILABLE', new Overloaded(1).code];
  const named = [...text.matchAll(/(?:outcome|code)=~?\\?"([A-Z_|]+)\\?"/g)].flatMap(([, list = '']) => list.split('|'));
  expect(named.filter((code) => !codes.includes(code))).toEqual([]);
});
