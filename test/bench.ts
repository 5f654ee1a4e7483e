import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { defaultPasswordCost, hashPassword } from '../src/crypto/password-hash.ts';

// Measures a gateway in another process: the time of a viewer query alone and during hundreds of sign-ins, and the number of
// hashes per second. Prints figures and their ratios. Machines differ, so only the ratios can be compared. It runs on the
// embedded database, or on DATABASE_URL (with APP_KEY) where it is set.

const viewerQuery = '{ viewer { profile { username email } twoFactor { enabled } apiKeys { identifier } sshKeys { fingerprint } } }';
const rowsInActivity = 100;
// A document of about the maximum cost: pages of about a hundred rows.
const costliestQuery = `{ viewer { ${Array.from({ length: 24 }, (_, n) => `a${n}: activity(first: ${77 + n}) { edges { cursor node { id event ip userAgent occurredAt } } }`).join(' ')} } }`;

const rounds = 5;
const queriesPerRound = 300;
const signInsAtOnce = 200;

const gateway = await startGateway();
try {
  await fillActivity();
  const hashes = await measureHashes();
  const idle: number[][] = [];
  const busy: number[][] = [];
  const signedIn: { done: number; overloaded: number; seconds: number }[] = [];
  await measureQueries(queriesPerRound);
  for (let round = 0; round < rounds; round += 1) {
    idle.push(await measureQueries(queriesPerRound));
    const storm = signInStorm();
    busy.push(await measureQueries(queriesPerRound));
    signedIn.push(await storm.stop());
  }
  print('hashes per second, alone', [hashes]);
  print(
    'sign-ins per second, 200 at once',
    signedIn.map(({ done, seconds }) => done / seconds),
  );
  print(
    'sign-ins refused as overloaded / all',
    signedIn.map(({ done, overloaded }) => overloaded / (done + overloaded)),
  );
  const one = percentiles(await repeat(() => askViewer()), 0.5);
  const together = percentiles(await repeat(() => send(Array(10).fill({ query: viewerQuery }))), 0.5);
  const apart = percentiles(await repeat(askTenTimes), 0.5);
  const costly = percentiles(await repeat(() => send({ query: costliestQuery })), 0.5);
  print('viewer query, p50 ms', one);
  print('ten in a batch / ten requests at once, p50', ratios(together, apart));
  print('ten in a batch / one, p50', ratios(together, one));
  print('the costliest document allowed / one, p50', ratios(costly, one));
  const [p50Idle, p99Idle] = [percentiles(idle, 0.5), percentiles(idle, 0.99)];
  const [p50Busy, p99Busy] = [percentiles(busy, 0.5), percentiles(busy, 0.99)];
  print('viewer query, idle, p50 ms', p50Idle);
  print('viewer query, idle, p99 ms', p99Idle);
  print('viewer query, during sign-ins, p50 ms', p50Busy);
  print('viewer query, during sign-ins, p99 ms', p99Busy);
  print('during sign-ins / idle, p50', ratios(p50Busy, p50Idle));
} finally {
  gateway.stop();
}

async function startGateway() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const limits = Object.fromEntries(
    ['REQUESTS_PER_MINUTE', 'WRONG_SECRETS_PER_15_MINUTES', 'SIGN_INS_PER_MINUTE'].map((name) => [`LIMIT_${name}`, '0']),
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/server/main.ts'], {
    env: { ...process.env, ...limits, PORT: '0', DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = { origin: '', password: '', token: '' };
  for await (const line of createInterface({ input: child.stdout })) {
    said.origin ||= /"origin":"([^"]+)"/.exec(line)?.[1] ?? '';
    said.password ||= /^ {4}password {2}(\S+)$/.exec(line)?.[1] ?? '';
    said.token ||= /^ {4}API key {3}(\S+)$/.exec(line)?.[1] ?? '';
    if (said.origin && said.token) break;
  }
  child.stdout.resume();
  const stop = () => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...said, stop };
}

function ask(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return post({ query, variables }, headers);
}

function post(operations: object, headers: Record<string, string>): Promise<Response> {
  return fetch(`${gateway.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operations),
  });
}

/** Sends operations with the API key and reads the whole answer. */
async function send(operations: object): Promise<void> {
  await (await post(operations, { authorization: `Bearer ${gateway.token}` })).arrayBuffer();
}

function askViewer(): Promise<void> {
  return send({ query: viewerQuery });
}

async function askTenTimes(): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, askViewer));
}

/** The milliseconds of each call, by round. */
async function repeat(work: () => Promise<void>): Promise<number[][]> {
  const perRound = 50;
  const samples: number[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const times: number[] = [];
    for (let n = 0; n < perRound; n += 1) {
      const started = performance.now();
      await work();
      times.push(performance.now() - started);
    }
    samples.push(times);
  }
  return samples;
}

/** The milliseconds of viewer queries, one after another. */
async function measureQueries(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const started = performance.now();
    await askViewer();
    times.push(performance.now() - started);
  }
  return times;
}

/** Runs sign-ins at the same time until it is stopped. */
function signInStorm() {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  const input = { login: 'admin', password: gateway.password };
  const started = performance.now();
  const counted = { done: 0, overloaded: 0 };
  let isOn = true;
  const one = async () => {
    while (isOn) {
      const { data } = (await (await ask(query, { input })).json()) as { data: { signIn: { __typename: string } } };
      if (data.signIn.__typename === 'SignInPayload') counted.done += 1;
      else counted.overloaded += 1;
      // A client waits before it retries.
      if (data.signIn.__typename === 'Overloaded') await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };
  const all = Promise.all(Array.from({ length: signInsAtOnce }, one));
  return {
    stop: async () => {
      isOn = false;
      const seconds = (performance.now() - started) / 1_000;
      await all;
      return { ...counted, seconds };
    },
  };
}

async function fillActivity(): Promise<void> {
  const create = 'mutation { createApiKey(input: { description: "x" }) { ... on CreateApiKeyPayload { apiKey { identifier } } } }';
  const remove = 'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { __typename } }';
  const headers = { authorization: `Bearer ${gateway.token}` };
  for (let rows = 0; rows < rowsInActivity; rows += 2) {
    const { data } = (await (await ask(create, {}, headers)).json()) as { data: { createApiKey: { apiKey: { identifier: string } } } };
    await (await ask(remove, { input: data.createApiKey.apiKey }, headers)).arrayBuffer();
  }
}

async function measureHashes(): Promise<number> {
  const count = 40;
  const started = performance.now();
  const worker = async () => {
    for (let n = 0; n < count; n += 1) await hashPassword('correct horse battery staple', defaultPasswordCost);
  };
  const workers = availableParallelism();
  await Promise.all(Array.from({ length: workers }, worker));
  return (count * workers * 1_000) / (performance.now() - started);
}

function ratios(some: number[], others: number[]): number[] {
  return some.map((figure, round) => figure / (others[round] ?? figure));
}

function percentiles(samples: number[][], share: number): number[] {
  return samples.map((times) => times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0);
}

function print(name: string, figures: number[]): void {
  const sorted = figures.toSorted((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map((figure) => (figure ?? 0).toFixed(2));
  process.stdout.write(`${name.padEnd(42)} median ${median}  (${least} to ${most}, ${sorted.length} rounds)\n`);
}
