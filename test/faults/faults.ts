import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from './servers.ts';

/** A fault. `database`: whether gateways can reach it meanwhile. */
export type Fault = {
  readonly name: string;
  readonly database: 'away' | 'disturbed' | 'present';
  /** An instance that ends with the fault; `killed`: without answers to what it was sent. */
  readonly ends?: 'killed' | 'stopped';
  readonly needsRedis?: boolean;
  /** Seconds that it lasts, in a short run and in a long one. */
  readonly seconds: readonly [short: number, long: number];
  begin(servers: Servers): unknown;
  end(servers: Servers): unknown;
};

const cutEveryMs = 150;
const shareCut = 0.3;
let cutting: NodeJS.Timeout | undefined;

export const faults: readonly Fault[] = [
  {
    name: 'PostgreSQL stopped and started',
    database: 'away',
    seconds: [3, 10],
    begin: ({ postgresql }) => postgresql.stop('SIGINT'),
    end: ({ postgresql }) => postgresql.start(),
  },
  {
    name: 'PostgreSQL killed and started',
    database: 'away',
    seconds: [2, 10],
    begin: ({ postgresql }) => postgresql.stop('SIGQUIT'),
    end: ({ postgresql }) => postgresql.start(),
  },
  {
    name: 'PostgreSQL paused: accepts, never answers',
    database: 'away',
    seconds: [6, 45],
    begin: ({ postgresql }) => postgresql.signal('SIGSTOP'),
    end: ({ postgresql }) => postgresql.signal('SIGCONT'),
  },
  {
    name: 'network to PostgreSQL silent',
    database: 'away',
    seconds: [6, 20],
    begin: ({ proxy }) => proxy.setMode('blocked'),
    end: ({ proxy }) => proxy.setMode('open'),
  },
  {
    name: 'network to PostgreSQL slow (80 ms)',
    database: 'present',
    seconds: [4, 20],
    begin: ({ proxy }) => proxy.setMode('slow'),
    end: ({ proxy }) => proxy.setMode('open'),
  },
  {
    name: 'connections cut at random',
    database: 'disturbed',
    seconds: [6, 60],
    begin: ({ proxy }) => {
      cutting = setInterval(() => proxy.cut(shareCut), cutEveryMs);
    },
    end: () => clearInterval(cutting),
  },
  {
    name: 'connections cut at COMMIT and its answer',
    database: 'disturbed',
    seconds: [6, 60],
    begin: ({ proxy }) => proxy.setMode('cutting-commits'),
    end: ({ proxy }) => proxy.setMode('open'),
  },
  {
    name: 'Redis killed and started',
    database: 'present',
    needsRedis: true,
    seconds: [3, 20],
    begin: ({ redis }) => redis?.stop('SIGKILL'),
    end: ({ redis }) => redis?.start(),
  },
  {
    name: 'Redis paused',
    database: 'present',
    needsRedis: true,
    seconds: [4, 20],
    begin: ({ redis }) => redis?.signal('SIGSTOP'),
    end: ({ redis }) => redis?.signal('SIGCONT'),
  },
  {
    name: 'Redis slow (300 ms)',
    database: 'present',
    needsRedis: true,
    seconds: [4, 20],
    begin: ({ redisProxy }) => redisProxy?.setMode('slow'),
    end: ({ redisProxy }) => redisProxy?.setMode('open'),
  },
  {
    name: 'kill -9 of one of two instances',
    database: 'present',
    ends: 'killed',
    seconds: [2, 10],
    begin: ({ instances: [, second] }) => second.stop('SIGKILL'),
    end: ({ instances: [, second] }) => second.start(),
  },
  {
    name: 'SIGTERM of one of two instances',
    database: 'present',
    ends: 'stopped',
    seconds: [2, 10],
    begin: ({ instances: [, second] }) => second.stop('SIGTERM'),
    end: ({ instances: [, second] }) => second.start(),
  },
];

/** The times of a fault, in milliseconds of this process. `ended`: when its cause was gone. */
export type Span = { readonly began: number; readonly ended: number };

/** Lets a fault begin, last and end. */
export async function runFault(fault: Fault, servers: Servers, isShort: boolean): Promise<Span> {
  const began = performance.now();
  await fault.begin(servers);
  await sleep(1000 * fault.seconds[isShort ? 0 : 1]);
  await fault.end(servers);
  return { began, ended: performance.now() };
}
