import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createData, createEmbeddedPlace, createPlace, type Data, untilStopped } from './data.ts';
import { load } from './load.ts';
import { memoryOfDatabase, type Server, startServer } from './processes.ts';
import { listScenarios } from './scenarios.ts';
import { median } from './table.ts';

const starts = 5;
const idleSeconds = 5;
const connections = 16;
const portions = 5;
const portionSeconds = 2;
const limits = { LIMIT_REQUESTS_PER_MINUTE: '1000000' };

/** Prints the memory of a gateway, the times of its starts and the size of its installation. */
export async function measureFootprint(postgresql: string | null, requests: number): Promise<void> {
  if (postgresql !== null) await measure('PostgreSQL', await createData(await createPlace(postgresql)), requests);
  await measureFirstStart();
  await measure('embedded', await createData(await createEmbeddedPlace()), requests);
  measureInstallation();
}

async function measure(database: string, data: Data, requests: number): Promise<void> {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const { server, seconds } = await startUntilReady(data.env);
    times.push(seconds);
    await server.stop();
  }
  print(`${database}: start to /health/ready, median of ${starts}`, `${median(times).toFixed(2)} s`);
  const { server } = await startUntilReady({ ...data.env, ...limits });
  await sleep(idleSeconds * 1_000);
  print(`${database}: memory, idle`, `${server.memory()} MB`);
  const viewer = listScenarios(data).find(({ name }) => name === 'viewer');
  if (!viewer) throw new Error('there is no scenario for the viewer');
  for (let sent = 0; sent < requests; ) {
    const until = sent + requests / portions;
    while (sent < until) sent += (await load(server.origin, connections, portionSeconds, viewer.next)).requests;
    print(`${database}: memory after ${sent.toLocaleString('en')} viewers`, `${server.memory()} MB`);
  }
  const { DATA_DIR: dataDir } = data.env;
  if (dataDir !== undefined) print('embedded: memory of PostgreSQL after that', `${memoryOfDatabase(dataDir)} MB`);
  await server.stop();
  await data.drop();
}

async function measureFirstStart(): Promise<void> {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
    execFileSync('chmod', ['711', folder]);
    const dataDir = join(folder, 'data');
    const { server, seconds } = await startUntilReady({ DATA_DIR: dataDir });
    times.push(seconds);
    await server.stop();
    await untilStopped(dataDir);
    rmSync(folder, { recursive: true, force: true });
  }
  print(`embedded: first start to /health/ready, median of ${starts}`, `${median(times).toFixed(2)} s`);
}

async function startUntilReady(env: Record<string, string>): Promise<{ server: Server; seconds: number }> {
  const from = performance.now();
  const server = await startServer('gateway', ['src/server/main.ts'], env);
  while (!(await fetch(`${server.origin}/health/ready`)).ok) await sleep(5);
  return { server, seconds: (performance.now() - from) / 1_000 };
}

/** Installs as in production into a temporary folder. */
function measureInstallation(): void {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-install-'));
  const root = fileURLToPath(new URL('../..', import.meta.url));
  for (const name of ['package.json', 'package-lock.json', 'prisma.config.ts', 'prisma', 'explorer']) {
    execFileSync('cp', ['-a', join(root, name), folder]);
  }
  execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const [megabytes] = execFileSync('du', ['-sm', join(folder, 'node_modules')], { encoding: 'utf8' }).split('\t');
  print('node_modules in production', `${megabytes} MB`);
  rmSync(folder, { recursive: true, force: true });
}

function print(what: string, figure: string): void {
  console.log(`${what.padEnd(64)} ${figure}`);
}
