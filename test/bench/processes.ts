import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ticksPerSecond = 100;

export type Server = {
  readonly name: string;
  readonly origin: string;
  /** Seconds of processor time of the process and of those that it started. */
  cpu(): number;
  /** Resident memory of the same processes, in megabytes. */
  memory(): number;
  stop(): Promise<void>;
};

/** Starts a server and waits until it listens. */
export async function startServer(name: string, words: readonly string[], env: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], {
    cwd: root,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', GRAPHILE_ENV: 'production', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let origin: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('"msg":"listening"')) origin = JSON.parse(line).origin;
    if (origin) break;
  }
  if (!origin) throw new Error(`${name} did not start`);
  child.stdout.resume();
  const id = Number(child.pid);
  return {
    name,
    origin,
    cpu: () => sum(familyOf(id).map(readCpu)),
    memory: () => Math.round(sum(familyOf(id).map(readMemory))),
    stop: () => {
      child.kill();
      return ended;
    },
  };
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** A process and all that descend from it. */
function familyOf(id: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    const fields = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    return fields ? [{ id: Number(name), parent: Number(fields[1]) }] : [];
  });
  const descend = (parent: number): number[] => [
    parent,
    ...parents.filter((one) => one.parent === parent).flatMap((one) => descend(one.id)),
  ];
  return descend(id);
}

/** The fields of /proc/…/stat from the state on; null when the process has ended. */
function readStat(id: number): string[] | null {
  try {
    return (readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1) ?? '').split(' ');
  } catch {
    return null;
  }
}

/** With the time of the children that have ended. */
function readCpu(id: number): number {
  const fields = readStat(id) ?? [];
  return sum(fields.slice(11, 15).map(Number)) / ticksPerSecond;
}

/** The memory of the PostgreSQL of a data folder in megabytes: proportional, so that pages that processes share count once. */
export function memoryOfDatabase(dataDir: string): number {
  const [id] = readFileSync(`${dataDir}/postgresql/cluster/postmaster.pid`, 'utf8').split('\n');
  const shares = familyOf(Number(id)).map((one) =>
    Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1] ?? 0),
  );
  return Math.round(sum(shares) / 1024);
}

function readMemory(id: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
  return Number(kib ?? 0) / 1024;
}
