import { connect } from 'node:net';

/** What a client of one connection sends next, after the body of the answer before; null at first. */
export type Next = (connection: number, before: string | null) => Buffer;

export type Measured = { requests: number; seconds: number; p50: number; p99: number };

const separator = Buffer.from('\r\n\r\n');
const end = Buffer.from('\r\n0\r\n\r\n');

/** Writes a request once, to be sent many times. */
export function makeRequest(method: string, path: string, token: string | null, body?: unknown): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'accept: application/json',
    ...(token === null ? [] : [`authorization: Bearer ${token}`]),
    ...(body === undefined ? [] : ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]),
  ];
  return Buffer.from(`${headers.join('\r\n')}\r\n\r\n${text}`);
}

/**
 * Sends requests over connections that stay open, each the next after the answer to the one before.
 * @throws an error at the first answer that is not 200 with data.
 */
export async function load(origin: string, connections: number, seconds: number, next: Next, pauseMs = 0): Promise<Measured> {
  const times: number[] = [];
  const from = performance.now();
  const until = from + seconds * 1_000;
  const isOver = () => performance.now() >= until;
  await Promise.all(Array.from({ length: connections }, (_, connection) => run(origin, connection, next, times, isOver, pauseMs)));
  const taken = (performance.now() - from) / 1_000;
  const sorted = Float64Array.from(times).sort();
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { requests: times.length, seconds: taken, p50: percentile(0.5), p99: percentile(0.99) };
}

function run(origin: string, connection: number, next: Next, times: number[], isOver: () => boolean, pauseMs: number): Promise<void> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname).setNoDelay(true);
  return new Promise((resolve, reject) => {
    let received: Buffer | null = null;
    let sentAt = 0;
    const send = (before: string | null) => {
      sentAt = performance.now();
      socket.write(next(connection, before));
    };
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.on('error', fail).on('close', () => reject(new Error('the server closed the connection')));
    socket.on('connect', () => send(null));
    socket.on('data', (chunk) => {
      received = received ? Buffer.concat([received, chunk]) : chunk;
      const body = readAnswer(received);
      if (body === null) return;
      times.push(performance.now() - sentAt);
      if (received[9] !== 50 || body.includes('"errors"')) return fail(new Error(`${received.subarray(0, 15)}: ${body}`));
      received = null;
      if (!isOver()) return pauseMs > 0 ? void setTimeout(send, pauseMs, body) : send(body);
      resolve();
      socket.destroy();
    });
  });
}

/** The body of an answer; null until it is whole. */
export function readAnswer(received: Buffer): string | null {
  const start = received.indexOf(separator);
  if (start === -1) return null;
  const head = received.toString('latin1', 0, start);
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  if (length === undefined) return received.subarray(-end.length).equals(end) ? received.toString('utf8', start + 4) : null;
  return received.length < start + 4 + Number(length) ? null : received.toString('utf8', start + 4);
}
