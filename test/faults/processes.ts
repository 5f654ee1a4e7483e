import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { send } from './http.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that can be stopped and started again with the same words. */
export type Service = {
  readonly id: number;
  start(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  stop(name: NodeJS.Signals): Promise<void>;
};

/** A gateway, and where it listens. */
export type Instance = Service & { readonly origin: string };

/** Prepares a gateway on a free port that it keeps. */
export async function prepareInstance(env: Record<string, string>): Promise<Instance> {
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  const words = ['--disable-warning=ExperimentalWarning', 'src/server/main.ts'];
  const isReady = async () => (await send({ origin, method: 'GET', path: '/health/ready' })).status === 200;
  const service = prepareService(process.execPath, words, { PORT: String(port), LOG_LEVEL: 'error', ...env }, isReady);
  return Object.assign(service, { origin });
}

/** Prepares a Redis server that keeps nothing on disk; null where the machine has none. */
export async function prepareRedis(): Promise<(Service & { readonly port: number }) | null> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return null;
  const port = await findFreePort();
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const isReady = async () =>
    spawnSync('redis-cli', ['-p', String(port), 'ping'])
      .stdout?.toString()
      .trim() === 'PONG';
  return Object.assign(prepareService('redis-server', words, {}, isReady), { port });
}

const startSecondsMax = 120;

function prepareService(program: string, words: string[], env: Record<string, string>, isReady: () => Promise<boolean>): Service {
  let child: ReturnType<typeof spawn> | null = null;
  let ended = Promise.resolve();
  process.on('exit', () => child?.kill('SIGKILL'));
  return {
    get id() {
      return child?.pid ?? 0;
    },
    start: async () => {
      const stdio = ['ignore', 'ignore', program === process.execPath ? 'inherit' : 'ignore'] as const;
      const started = spawn(program, words, {
        cwd: root,
        env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
        stdio: [...stdio],
      });
      child = started;
      ended = new Promise<void>((resolve) => started.on('close', () => resolve()));
      const latest = Date.now() + startSecondsMax * 1000;
      while (!(await isReady())) {
        if (started.exitCode !== null || Date.now() > latest) throw new Error(`${program} ${words.join(' ')} did not start`);
        await sleep(50);
      }
    },
    signal: (name) => void child?.kill(name),
    stop: async (name) => {
      child?.kill(name);
      await ended;
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
