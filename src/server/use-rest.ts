import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { RestDialect } from '../config/config.ts';
import { describeApi } from '../rest/http/openapi.ts';
import { answerRest, isRestPath, maskedFault, type RestAnswer } from '../rest/http/rest.ts';
import type { Door, ServerContext } from './door.ts';
import { reportFault } from './fault.ts';

type UseRestOptions = { readonly dialect: RestDialect; readonly origin: string };

const bodyBytesMax = 256 * 1024;
/** A body that is too large is read on until here and dropped, so that the client reads the answer; then the connection is cut. */
const discardedBytesMax = 16 * bodyBytesMax;

/** Mounts the panel's paths beside GraphQL. */
export function useRest(log: Logger, door: Door, { dialect, origin }: UseRestOptions): Plugin<object, ServerContext> {
  const description = once(() => JSON.stringify(describeApi(origin)));
  return {
    async onRequest({ request, url, endResponse, serverContext, fetchAPI }) {
      if (url.pathname === '/openapi.json' && !isPreflight(request)) {
        return endResponse(new fetchAPI.Response(description(), { headers: { 'content-type': 'application/json' } }));
      }
      if (!isRestPath(url.pathname) || isPreflight(request)) return;
      const respond = ({ status, headers, body }: RestAnswer) => {
        const isHead = request.method === 'HEAD' && body !== null;
        const init = { status, statusText: reasons[status] ?? '', headers: isHead ? { ...headers, vary: 'Accept-Encoding' } : headers };
        endResponse(new fetchAPI.Response(isHead ? null : body, init));
      };
      try {
        const part = {
          method: request.method,
          url: new URL(url),
          header: (name: string) => request.headers.get(name) ?? undefined,
          readBody: () => readBody(request),
          identify: () => door.identify(door.greet(request, serverContext), request),
          count: door.count,
        };
        respond(await answerRest(part, dialect));
      } catch (error) {
        // Whoever hung up in the middle of a body reads no answer, and it is nobody's fault here.
        if (request.signal.aborted) return endResponse(new fetchAPI.Response(null, { status: 400 }));
        const { correlationId, retryAfterSeconds } = reportFault(error, log);
        respond(maskedFault(correlationId, retryAfterSeconds));
      }
    },
  };
}

/** Names that Node still calls as they were before RFC 9110. */
const reasons: Readonly<Record<number, string>> = { 413: 'Content Too Large', 422: 'Unprocessable Content' };

async function readBody(request: Request): Promise<Buffer | null> {
  if (Number(request.headers.get('content-length') ?? 0) > bodyBytesMax) return null;
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size <= bodyBytesMax) chunks.push(chunk);
    if (size > discardedBytesMax) break;
  }
  return size > bodyBytesMax ? null : Buffer.concat(chunks);
}

/** Made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function isPreflight(request: Request): boolean {
  return request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
}
