import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { describeApi } from '../rest/http/openapi.ts';
import { answerRest, isRestPath, maskedFault, type RestOptions } from '../rest/http/rest.ts';
import type { Door, ServerContext } from './door.ts';
import { reportFault } from './fault.ts';

type UseRestOptions = Pick<RestOptions, 'dialect'> & { readonly origin: string };

/** Mounts the panel's paths beside GraphQL. */
export function useRest(log: Logger, door: Door, { dialect, origin }: UseRestOptions): Plugin<object, ServerContext> {
  const description = once(() => JSON.stringify(describeApi(origin)));
  return {
    async onRequest({ request, url, endResponse, serverContext, fetchAPI }) {
      if (url.pathname === '/openapi.json' && !isPreflight(request)) {
        return endResponse(new fetchAPI.Response(description(), { headers: { 'content-type': 'application/json' } }));
      }
      if (!isRestPath(url.pathname) || isPreflight(request)) return;
      const whoAsks = (asking: Request) => door.identify(door.greet(asking, serverContext), asking);
      try {
        endResponse(await answerRest(request, { dialect, spend: door.count, identify: whoAsks }));
      } catch (error) {
        // Whoever hung up in the middle of a body reads no answer, and it is nobody's fault here.
        if (request.signal.aborted) return endResponse(new fetchAPI.Response(null, { status: 400 }));
        const { correlationId, retryAfterSeconds } = reportFault(error, log);
        endResponse(maskedFault(correlationId, retryAfterSeconds));
      }
    },
  };
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
