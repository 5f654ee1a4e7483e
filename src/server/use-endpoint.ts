import type { Plugin } from 'graphql-yoga';
import { badRequest } from '../graphql/http/errors.ts';
import type { Door, ServerContext } from './door.ts';

/**
 * GraphQL has one address, and takes no form. The server by itself answers at any address that ends as ours does, and to
 * what a plain HTML form on any site can send: no client of GraphQL sends it, and a browser asks nobody's leave before it
 * does. A request that cannot be read counts like one that can, or a stranger could send as many as they like.
 */
export function useEndpoint(door: Door): Plugin<object, ServerContext> {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      if (!isGraphql(url.pathname)) return endResponse(new fetchAPI.Response(null, { status: 404 }));
      const type = request.headers.get('content-type') ?? '';
      if (!/^\s*application\/x-www-form-urlencoded/i.test(type)) return;
      const error = { message: 'Send the request as application/json.', extensions: { code: 'BAD_REQUEST' } };
      endResponse(fetchAPI.Response.json({ errors: [error] }, { status: 415 }));
    },
    onRequestParse({ request, serverContext, requestParser, setRequestParser }) {
      if (!requestParser) return;
      setRequestParser(async (asked) => {
        try {
          return await requestParser(asked);
        } catch (error) {
          await door.spend(door.greet(request, serverContext));
          throw error instanceof SyntaxError ? badRequest('The variables or the extensions in the address are no JSON.') : error;
        }
      });
    },
    onResponse({ request, response }) {
      // What is left of a body that was refused is not read, so the next request would wait behind it. REST reads the rest.
      if ((response.status === 413 || response.status === 406) && isGraphql(new URL(request.url).pathname))
        response.headers.set('connection', 'close');
    },
  };
}

function isGraphql(pathname: string): boolean {
  return /^\/graphql\/?$/.test(pathname);
}
