import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { afterwards } from './afterwards.ts';
import { makeFolder } from './folders.ts';
import { createDatabase, dropDatabase, inDatabase } from './postgresql.ts';
import { noteLine, noteProcess, noteSecrets, noteSecretsIn } from './secrets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The PostgreSQL server of this run. */
export const { server } = inject('postgresql');

export const kinds = ['embedded', 'postgresql'] as const;

/** Whether the tests run on the PostgreSQL of the gateway. The embedded database is the same on another server. */
export const isOwnPostgresql = process.env['TEST_DATABASE_URL'] === undefined;
export type Kind = (typeof kinds)[number];

/** A database for a gateway, and the environment that names it. */
export type Store = { env: Record<string, string>; dataDir: string; url: string | null };

/** An empty database, deleted after the tests of the file. */
export async function createStore(kind: Kind): Promise<Store> {
  const folder = makeFolder('gateway-process-');
  const dataDir = join(folder, 'data');
  afterwards(async () => {
    await until(() => !isDatabaseRunning(dataDir));
    const log = join(dataDir, 'postgresql/log');
    if (existsSync(log)) noteLine(readFileSync(log, 'utf8'));
    rmSync(folder, { recursive: true, force: true });
  });
  if (kind === 'embedded') return { env: { DATA_DIR: dataDir }, dataDir, url: null };
  const url = await createEmptyDatabase();
  return { env: { DATA_DIR: dataDir, DATABASE_URL: url, APP_KEY: createKey() }, dataDir, url };
}

/** Whether the embedded database of a data folder runs: this file exists while it does. */
export function isDatabaseRunning(dataDir: string): boolean {
  return existsSync(join(dataDir, 'postgresql/cluster/postmaster.pid'));
}

/** An empty PostgreSQL database, dropped after the tests of the file. */
export function createEmptyDatabase(): Promise<string> {
  return createCopy();
}

/** A PostgreSQL database with all migrations and no rows, dropped after the tests of the file. */
export function createMigratedDatabase(): Promise<string> {
  return createCopy(inject('postgresql').template);
}

async function createCopy(template?: string): Promise<string> {
  const name = `gateway_process_${randomUUID().replaceAll('-', '')}`;
  await createDatabase(server, name, template);
  afterwards(() => dropDatabase(server, name));
  return inDatabase(server, name);
}

export function createKey(): string {
  return `base64:${randomBytes(32).toString('base64')}`;
}

/** A process that has ended or did not start. */
export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs the command line to its end. */
export function runCli(words: string[], env: Record<string, string> = {}, stdin: string | Buffer = ''): Promise<Ended> {
  const { child, ended } = run('src/cli/main.ts', words, env);
  child.stdin?.on('error', () => undefined).end(stdin);
  return ended;
}

/** Runs a server that is expected not to start. */
export function failToStart(env: Record<string, string>): Promise<Ended> {
  return run('src/server/main.ts', [], { PORT: '0', ...env }).ended;
}

export type RunningServer = Awaited<ReturnType<typeof startServer>>;

/** Starts a server on a free port. Resolves when it listens. */
export function startServer(env: Record<string, string>, options: SpawnOptions = {}) {
  return followServer(run('src/server/main.ts', [], { PORT: '0', ...env }, options));
}

/** Runs `npm start` on a free port. Resolves when the server listens. */
export function startByNpm(env: Record<string, string>) {
  return followServer(runProgram('npm', ['start'], { PORT: '0', HOME: process.env['HOME'] ?? '', ...env }));
}

async function followServer({ child, output, ended }: ReturnType<typeof runProgram>) {
  afterwards(() => child.kill('SIGKILL') && ended);
  const lines = () => output.stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const listening = () => lines().find(({ msg }) => msg === 'listening');
  const failed = ended.then(({ code, stderr }) => {
    if (!listening()) throw new Error(`the server ended with ${code}: ${stderr}`);
  });
  await Promise.race([until(() => listening() !== undefined), failed]);
  const origin: string = listening().origin;
  /** Sends a signal and waits for the end. */
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const { code } = await ended;
    return { code, lines: lines() };
  };
  return { child, output, ended, origin, lines, stop, first: () => readFirstAccount(output.stdout) };
}

/** The first account that a start printed; null when it printed none. */
export function readFirstAccount(stdout: string) {
  const [, username, password] = /username {2}(\S+)\n +password {2}(\S+)/.exec(stdout) ?? [];
  const token = /API key {3}(\S+)/.exec(stdout)?.[1];
  return username && password && token ? { username, password, token } : null;
}

/** Runs a file in another process. Its environment has the given variables only, and one that makes it start faster. */
export function run(script: string, words: string[], env: Record<string, string>, options: SpawnOptions = {}) {
  return runProgram(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...words], env, options);
}

function runProgram(program: string, words: string[], env: Record<string, string>, options: SpawnOptions = {}) {
  const child: ChildProcess = spawn(program, words, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '', ...env },
    ...options,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  noteProcess(env, output);
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...output })));
  return { child, output, ended };
}

/** Waits until a condition is true. */
export async function until(isSo: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not so within ${seconds} seconds: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Sends a REST request to a server. */
export async function ask(origin: string, token: string, method: string, path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  noteSecrets(token);
  noteSecretsIn(JSON.stringify(body ?? ''));
  const response = await fetch(`${origin}/api/client${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  noteSecretsIn(text);
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** Subscribes to the activity of an account. Resolves when the stream is open. */
export async function watchActivity(origin: string, token: string) {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' };
  const body = JSON.stringify({ query: 'subscription { activity { event } }' });
  const response = await fetch(`${origin}/graphql`, { method: 'POST', headers, body, signal: abort.signal });
  let text = '';
  const read = async () => {
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += part;
  };
  const ended = read().then(
    () => 'whole' as const,
    () => 'cut' as const,
  );
  return { text: () => text, leave: () => abort.abort(), ended };
}
