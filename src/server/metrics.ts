import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Counts, guessSources, signInOutcomes } from '../account/counts.ts';
import { rateLimits } from '../account/refusals.ts';
import type { Config } from '../config/config.ts';
import { type Listener, listen } from './listen.ts';

/** A request that was answered. No label is a value that a caller chose: each value is kept until the process ends. */
type Answered = {
  readonly api: string;
  /** Operations and fields of ours. */
  readonly operations: readonly string[];
  readonly outcome: string;
};

/** What is read when the metrics are asked for. */
export type Watched = {
  countHashingWaiting(): number;
  countStreams(): number;
  countConnections(): { readonly active: number; readonly idle: number; readonly waiting: number };
  /** Null where there is no Redis. */
  readonly isRedisUp: (() => boolean) | null;
};

/** What the gateway counts, for Prometheus. */
export type Metrics = {
  readonly counts: Counts;
  countRequest(answered: Answered, seconds: number): void;
  countHashingWait(seconds: number): void;
  watch(watched: Watched): void;
  /** Serves `/metrics` on a port of its own, so that it can be kept from the world; null where no port is set. */
  serve(config: Pick<Config, 'metricsHost' | 'metricsPort'>): Promise<Listener | null>;
};

const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const histogram = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets: durationBuckets, registers: [registry] });

  const requests = histogram(
    'gateway_request_duration_seconds',
    'Time from a request to its answer. operation: "none", or "several" of one request. outcome: "ok", or the code of the refusal.',
    'api',
    'operation',
    'outcome',
  );
  const refusals = counter('gateway_refusals_total', 'Requests that were refused.', 'api', 'code');
  const signIns = counter('gateway_sign_ins_total', 'Sign-ins and their second factors.', 'outcome');
  const lockOuts = counter('gateway_lock_outs_total', 'Secrets that were not checked after too many wrong ones.', 'source');
  const rateLimited = counter('gateway_rate_limited_total', 'Requests that exceeded a limit.', 'limit');
  const hashingWaits = histogram('gateway_hashing_wait_seconds', 'Time that passwords waited before they were hashed.');
  // A rate is only known from a count that began at 0.
  for (const outcome of signInOutcomes) signIns.inc({ outcome }, 0);
  for (const source of guessSources) lockOuts.inc({ source }, 0);
  for (const limit of rateLimits) rateLimited.inc({ limit }, 0);

  return {
    counts: {
      signIn: (outcome) => signIns.inc({ outcome }),
      lockOut: (source) => lockOuts.inc({ source }),
      rateLimited: (limit) => rateLimited.inc({ limit }),
    },
    countRequest: ({ api, operations, outcome }, seconds) => {
      requests.observe({ api, operation: nameOperation(operations), outcome }, seconds);
      if (outcome !== 'ok') refusals.inc({ api, code: outcome });
    },
    countHashingWait: (seconds) => hashingWaits.observe(seconds),
    watch: (watched) => watch(registry, watched),
    serve: async ({ metricsHost: host, metricsPort: port }) => {
      if (port === undefined) return null;
      collectDefaultMetrics({ register: registry });
      const variables = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
      return listen({ host, port }, (request, response) => void answer(registry, request, response), variables);
    },
  };
}

function watch(registry: Registry, { countHashingWaiting, countStreams, countConnections, isRedisUp }: Watched): void {
  const gauge = (name: string, help: string, read: () => number) => {
    const made: Gauge = new Gauge({ name, help, registers: [registry], collect: () => made.set(read()) });
  };
  gauge('gateway_hashing_waiting', 'Passwords that wait to be hashed.', countHashingWaiting);
  gauge('gateway_streams', 'Open subscriptions.', countStreams);
  gauge('gateway_database_connections_waiting', 'Requests that wait for a connection.', () => countConnections().waiting);
  if (isRedisUp) gauge('gateway_redis_up', '1 while Redis answers and accepts writes, otherwise 0.', () => Number(isRedisUp()));
  const connections: Gauge<'state'> = new Gauge({
    name: 'gateway_database_connections',
    help: 'Connections to the database, by state.',
    labelNames: ['state'],
    registers: [registry],
    collect: () => {
      const { active, idle } = countConnections();
      connections.set({ state: 'active' }, active);
      connections.set({ state: 'idle' }, idle);
    },
  });
  const build = { name: 'gateway_build_info', help: 'Always 1, with the version of the gateway.', labelNames: ['version'] };
  new Gauge({ ...build, registers: [registry] }).set({ version: readVersion() }, 1);
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isAsked = request.url === '/metrics' && request.method === 'GET';
  if (!isAsked) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
}

function nameOperation(operations: readonly string[]): string {
  const [first = 'none', ...others] = operations.filter((name) => name !== '__typename');
  return others.length > 0 ? 'several' : first;
}

function readVersion(): string {
  return String(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version);
}

/** Never the whole path: a label for every path that a client sends would fill the memory. */
export function apiOf(pathname: string): string {
  if (/^\/graphql\/?$/.test(pathname)) return 'graphql';
  return pathname.startsWith('/api/') ? 'rest' : 'other';
}
