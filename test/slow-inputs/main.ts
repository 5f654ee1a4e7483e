import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Input, makeInput } from './inputs.ts';
import { createRandom } from './texts.ts';

// Sends generated inputs of both APIs, near their maximum length, to a gateway in another process, and prints those for which
// its event loop worked the longest, and how much memory the gateway has kept afterwards.
//   --inputs N     10,000 by default
//   --memory N     hostile requests before memory is read again, 20,000 by default
//   --seed N       of the generator
const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000' },
    memory: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});

type Measure = { readonly cpuMs: number; readonly heldMs: number; readonly residentBytes: number };
type Measured = Measure & { readonly input: Input; readonly status: number };

/** Another program can interrupt a measure: one that is above is taken again, and the least counts. */
const againAboveMs = 15;
const repeats = 4;
const shown = 12;
const databaseEndMs = 3_000;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const random = createRandom(Number(values.seed));

const server = await startServer();
try {
  for (let warm = 0; warm < 500; warm += 1) await send(makeInput(random, server));
  await search(Number(values.inputs));
  await measureMemory(Number(values.memory));
} finally {
  await server.stop();
}
process.exit(0);

async function search(count: number): Promise<void> {
  const measured: Measured[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const input = makeInput(random, server);
    let least = await measure(input);
    for (let again = 0; again < repeats && least.cpuMs > againAboveMs; again += 1) {
      const next = await measure(input);
      if (next.cpuMs < least.cpuMs) least = next;
    }
    measured.push(least);
  }
  for (const isKnown of [false, true]) {
    const slowest = measured.filter(({ input }) => input.isKnown === isKnown).sort((a, b) => b.cpuMs - a.cpuMs);
    console.log(
      `\n${slowest.length} inputs ${isKnown ? 'with' : 'without'} a credential, the slowest (main thread ms, event loop held ms, status):`,
    );
    for (const { cpuMs, heldMs, status, input } of slowest.slice(0, shown)) {
      console.log(`${cpuMs.toFixed(1).padStart(8)} ${heldMs.toFixed(1).padStart(8)}  ${status}  ${input.name}`);
    }
  }
}

async function measureMemory(count: number): Promise<void> {
  const before = (await ask()).residentBytes;
  for (let sent = 0; sent < count; sent += 8) await Promise.all(Array.from({ length: 8 }, () => send(makeInput(random, server))));
  const after = (await ask()).residentBytes;
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  console.log(`\nresident memory: ${megabytes(before)}, after ${count} requests ${megabytes(after)}: ${megabytes(after - before)} more`);
}

async function measure(input: Input): Promise<Measured> {
  await ask();
  const status = await send(input);
  return { ...(await ask()), input, status };
}

async function ask(): Promise<Measure> {
  server.child.send('measure');
  const [measured] = await once(server.child, 'message');
  return measured as Measure;
}

/** Sends one and reads the whole answer. 0: the connection was closed. */
function send({ method, path, headers, body }: Input): Promise<number> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.origin);
    const sent = httpRequest({
      agent,
      hostname,
      port,
      method,
      path,
      headers: { ...headers, ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }) },
    });
    sent.on('error', () => resolve(0));
    sent.on('response', (response) => {
      response
        .on('error', () => resolve(0))
        .on('end', () => resolve(response.statusCode ?? 0))
        .resume();
    });
    sent.end(body);
  });
}

async function startServer(): Promise<{
  child: ChildProcess;
  origin: string;
  username: string;
  password: string;
  token: string;
  stop(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-slow-inputs-'));
  const limits = [
    'REQUESTS_PER_MINUTE',
    'WRONG_SECRETS_PER_15_MINUTES',
    'WRONG_SECRETS_PER_DAY',
    'SIGN_INS_PER_MINUTE',
    'UNKNOWN_KEYS_PER_MINUTE',
    'API_KEYS',
    'EMAIL_CHANGES_PER_DAY',
  ];
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', './test/slow-inputs/watch.ts', 'src/server/main.ts'],
    {
      cwd: root,
      env: {
        ...process.env,
        ...Object.fromEntries(limits.map((name) => [`LIMIT_${name}`, '0'])),
        PORT: '0',
        DATA_DIR: folder,
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += chunk;
    if (output.includes('in a browser')) break;
  }
  const find = (pattern: RegExp) => pattern.exec(output)?.[1] ?? '';
  child.stdout?.resume();
  return {
    child,
    origin: find(/curl (http:\/\/[^/]+)\/api/),
    username: 'admin',
    password: find(/password {2}(\S+)/),
    token: find(/API key {3}(\S+)/),
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      // The embedded database ends within two seconds after the last program that uses it.
      await setTimeout(databaseEndMs);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
