import { useCORS } from '@whatwg-node/server';
import type { Plugin } from 'graphql-yoga';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];
const exposedHeaders = ['X-Request-Id', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After'];
const preflightSeconds = 600;

/** Lets browsers call from the configured origins, with credentials, and from no other: no origin is ever reflected. */
export function useCors(origins: readonly string[]): Plugin {
  const cors = useCORS((request) => {
    const origin = request.headers.get('origin');
    if (origin === null || !origins.includes(origin)) return false;
    return { origin: [origin], credentials: true, methods, exposedHeaders, maxAge: preflightSeconds };
  });
  return {
    ...cors,
    async onResponse(payload) {
      await cors.onResponse?.(payload);
      // The answer differs by origin, so a cache must keep one for each. Afterwards: a preflight's answer sets its own.
      if (origins.length > 0) payload.response.headers.append('vary', 'Origin');
    },
  };
}
