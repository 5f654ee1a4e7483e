import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';

/** Gives every answer an id, forbids caches to keep it, and logs it as one line: no query, no body, no credential. */
export function useRequestLog(log: Logger): Plugin {
  const started = new WeakMap<Request, number>();
  return {
    onRequest({ request }) {
      started.set(request, performance.now());
    },
    onResponse({ request, response }) {
      const requestId = crypto.randomUUID();
      response.headers.set('x-request-id', requestId);
      if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
      response.headers.set('x-content-type-options', 'nosniff');
      const milliseconds = Math.round(performance.now() - (started.get(request) ?? performance.now()));
      const { pathname } = new URL(request.url);
      log.info({ requestId, method: request.method, path: pathname, status: response.status, milliseconds }, 'request');
    },
  };
}
