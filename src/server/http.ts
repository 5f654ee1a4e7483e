import { once as nextEvent } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { Entry } from './entry.ts';
import type { Handler } from './listen.ts';
import { once } from './once.ts';
import type { ReceivedRequest } from './request.ts';

const bodyBytesMax = 256 * 1024;
/** So much of a body is discarded after its answer, and of one that is too large before it too; then the connection is cut. */
const discardedBytesMax = 16 * bodyBytesMax;

/** Ignored by clients; for people who read the stream. */
const stoppingComment = ': the server stops, connect again\n\n';
/** `graphql-sse` does not connect again after an end that arrives together with an event. */
const lastEventMs = 50;

/** Names that Node still calls as they were before RFC 9110. */
const reasons: Readonly<Record<number, string>> = { 413: 'Content Too Large', 422: 'Unprocessable Content' };

/** Carries requests from a connection to the entry, and answers back. */
export function createHandler(entry: Entry): Handler {
  return async (incoming, response, stopping) => {
    // Writing to a connection that the client closed fails; that is no fault.
    response.on('error', () => undefined);
    try {
      const { request, discardBody } = receive(incoming, response);
      const answer = await entry(request);
      discardBody();
      await send(answer, response, stopping);
    } catch (error) {
      response.destroy();
      throw error;
    }
  };
}

function receive(incoming: IncomingMessage, response: ServerResponse) {
  const { method = 'GET', headers } = incoming;
  /** The client waits for 100 Continue before it sends the body (RFC 9110 §10.1.1). */
  let isHeldBack = headers.expect !== undefined;
  let isRead = false;
  let isBodyAwaited = false;
  const readBody = once(async () => {
    isRead = true;
    if (isHeldBack && Number(headers['content-length'] ?? 0) > bodyBytesMax) return null;
    if (isHeldBack) response.writeContinue();
    isHeldBack = false;
    isBodyAwaited = true;
    return collect(incoming).finally(() => {
      isBodyAwaited = false;
    });
  });
  const request: ReceivedRequest = {
    method,
    url: readAddress(incoming),
    peer: incoming.socket.remoteAddress,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    readBody,
    isBodyAwaited: () => isBodyAwaited,
    // A function: each object with a getter of its own has a hidden class of its own, which outlives it.
    left: once(() => watchLeaving(response)),
  };
  const discardBody = () => {
    if (isHeldBack) response.setHeader('connection', 'close');
    else if (!incoming.complete && !isRead) discard(incoming);
  };
  return { request, discardBody };
}

/**
 * A target is a path, `*`, or an address in full, whose host then stands for the Host header (RFC 9112 §3.2). Null for what is
 * no address, for two Host headers, and for one that is more than a host and a port: the rest would stand before the path.
 */
function readAddress({ headers: { host = '' }, rawHeaders, url = '/' }: IncomingMessage): URL | null {
  if (rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length > 1) return null;
  if (/[/\\?#@]/.test(host)) return null;
  if (/^https?:\/\//i.test(url)) return URL.parse(url);
  return URL.parse(`http://${host || 'localhost'}${url === '*' ? '/*' : url}`);
}

/** Reads a body; null when it is too large. */
function collect(incoming: IncomingMessage): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bodyBytesMax) chunks.push(chunk);
    if (size > discardedBytesMax) resolve(null);
    if (size > 2 * discardedBytesMax) incoming.destroy();
  });
  incoming.on('end', () => resolve(size > bodyBytesMax ? null : Buffer.concat(chunks)));
  incoming.on('error', reject);
  return promise;
}

/** Reads a body that no answer needs, so that the client, which may send all of it first, receives the answer. */
function discard(incoming: IncomingMessage): void {
  let size = 0;
  incoming.on('data', ({ length }: Buffer) => {
    size += length;
    if (size > discardedBytesMax) incoming.destroy();
  });
  incoming.on('error', () => undefined);
}

function watchLeaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!response.writableFinished) controller.abort();
  };
  if (response.closed) abort();
  else response.once('close', abort);
  return controller.signal;
}

async function send({ status, headers, body }: Answer, response: ServerResponse, stopping: AbortSignal): Promise<void> {
  if (body instanceof ReadableStream) return sendStream({ status, headers, body }, response, stopping);
  const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, reasons[status], { ...headers, ...length }).end(body);
}

/**
 * Sends a stream until it ends, or the server stops. Then the answer ends without the event `complete`, which would tell a client
 * that there is nothing more to come: it connects again, and reaches another instance.
 */
async function sendStream(
  { status, headers, body }: Answer & { body: ReadableStream<Uint8Array> },
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  const ending = new AbortController();
  const end = () => {
    ending.abort();
    void reader.cancel();
  };
  response.writeHead(status, { ...headers }).flushHeaders();
  response.once('close', end);
  stopping.addEventListener('abort', end, { once: true });
  if (response.closed || stopping.aborted) end();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!response.write(part.value)) await nextEvent(response, 'drain', { signal: ending.signal }).catch(() => undefined);
    }
  } finally {
    stopping.removeEventListener('abort', end);
  }
  if (stopping.aborted) await sleep(lastEventMs);
  // A client that takes nothing would hold the server up.
  if (stopping.aborted && response.writableNeedDrain) response.destroy();
  else response.end(stopping.aborted ? stoppingComment : '');
}
