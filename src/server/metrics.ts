import type { IncomingMessage, ServerResponse } from 'node:http';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { type Listener, listen } from './listen.ts';

/** What the gateway counts, for Prometheus. */
export type Metrics = {
  /** Counts a request that was answered. */
  observe(path: string, method: string, status: number, seconds: number): void;
  /** Serves `/metrics` on a port of its own, so that it can be kept from the world; null where no port is set. */
  serve(config: Pick<Config, 'host' | 'metricsPort'>): Promise<Listener | null>;
};

const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const durations = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'How long requests took, by API, method and status.',
    labelNames: ['api', 'method', 'status'],
    buckets: durationBuckets,
    registers: [registry],
  });
  return {
    observe: (path, method, status, seconds) => durations.observe({ api: apiOf(path), method: knownMethod(method), status }, seconds),
    serve: async ({ host, metricsPort }) => {
      if (metricsPort === undefined) return null;
      collectDefaultMetrics({ register: registry });
      return listen({ host, port: metricsPort }, (request, response) => void answer(registry, request, response), 'METRICS_PORT');
    },
  };
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isAsked = request.url === '/metrics' && request.method === 'GET';
  if (!isAsked) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
}

/** Never the whole path: a label for every path that a client sends would fill the memory. */
export function apiOf(pathname: string): string {
  if (/^\/graphql\/?$/.test(pathname)) return 'graphql';
  return pathname.startsWith('/api/') ? 'rest' : 'other';
}

function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
}
