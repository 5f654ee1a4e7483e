import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/environment.ts';
import { createSlots, type Slots } from './slots.ts';

// A caller that sends slower than this holds a connection and nothing else; bodies are at most 256 KiB.
const headersTimeoutMs = 15_000;
const requestTimeoutMs = 30_000;
const checkIntervalMs = 5_000;

// Longer than proxies keep theirs (nginx 60 s, Traefik 90 s, Caddy 120 s): the side that closes an idle connection first must not be
// this one.
const keepAliveTimeoutMs = 125_000;

// Who neither sends nor takes anything for so long is gone: a stream of events sends a sign of life every twelve seconds.
const silenceTimeoutMs = 90_000;

const sweepMs = 50;

// A client sends its next request on an idle connection at the same time as it is closed, and gets no answer.
const idleMs = 500;

/** Codes of the system for what cannot be listened on: the variable to change, and why. */
const bindingReasons: Readonly<Record<string, { readonly variable: 'host' | 'port'; readonly reason: string }>> = {
  EADDRINUSE: { variable: 'port', reason: 'is in use by another process' },
  EACCES: { variable: 'port', reason: 'may not be used by this user' },
  EADDRNOTAVAIL: { variable: 'host', reason: 'is not an address of this machine' },
  ENOTFOUND: { variable: 'host', reason: 'is not an address of this machine' },
  EAI_AGAIN: { variable: 'host', reason: 'cannot be looked up: the name server does not answer' },
};

/** Answers a request. @param stopping aborted when the server stops: an answer that has no end of its own ends then. */
export type Handler = (request: IncomingMessage, response: ServerResponse, stopping: AbortSignal) => unknown;

/** A socket that listens. */
export type Listener = {
  /** The origin of the server, for clients on this machine. */
  readonly origin: string;
  /**
   * Takes no new requests, ends the streams at once, and answers once the running requests have ended, or were cut off after
   * `drainMs`.
   */
  drain(drainMs: number): Promise<void>;
};

/**
 * Listens on the configured address.
 * @param variables what the address and the port are set by.
 * @throws ConfigError where the address or the port cannot be used.
 */
export async function listen(
  { host, port }: Pick<Config, 'host' | 'port'>,
  handle: Handler,
  variables = { host: 'HOST', port: 'PORT' },
): Promise<Listener> {
  const timeouts = { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveTimeoutMs };
  const running = createSlots<ServerResponse>();
  const stopping = new AbortController();
  // Each stream listens.
  setMaxListeners(0, stopping.signal);
  const server = createServer({ ...timeouts, connectionsCheckingInterval: checkIntervalMs });
  const track: RequestListener = (request, response) => {
    if (!server.listening) response.setHeader('connection', 'close');
    response.once('close', running.add(response));
    void handle(request, response, stopping.signal);
  };
  // A client that waits for 100 Continue gets it when the body is read.
  server.on('request', track).on('checkContinue', track);
  server.setTimeout(silenceTimeoutMs);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const { variable, reason } = bindingReasons[String(error.code)] ?? {};
      const value = variable === 'host' ? host : `${port} on ${host}`;
      reject(variable ? new ConfigError(variables[variable], `${value} ${reason}`) : error);
    });
    server.listen(port, host, resolve);
  });
  const drainAll = (drainMs: number) => {
    const drained = drain(server, running, drainMs);
    stopping.abort();
    return drained;
  };
  return { origin: originOf(server), drain: drainAll };
}

function originOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  if (address.address === '0.0.0.0' || address.address === '::') return `http://127.0.0.1:${address.port}`;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

async function drain(server: Server, running: Slots<ServerResponse>, drainMs: number): Promise<void> {
  // Unlike that of an HTTP server, it leaves idle connections open: their next answer says that it is the last.
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  for (const response of running.list()) if (!response.headersSent) response.setHeader('connection', 'close');
  const idleUntil = performance.now() + idleMs;
  const sweep = setInterval(() => {
    if (performance.now() > idleUntil) server.closeIdleConnections();
  }, sweepMs);
  const lateness = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(lateness);
}
