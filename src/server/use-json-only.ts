import type { Plugin } from 'graphql-yoga';

/**
 * Refuses GraphQL in the form that a plain HTML form on any site can send: no client of GraphQL sends it, and a browser
 * asks nobody's leave before it does.
 */
export function useJsonOnly(): Plugin {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      const type = request.headers.get('content-type') ?? '';
      if (url.pathname !== '/graphql' || !/^\s*application\/x-www-form-urlencoded/i.test(type)) return;
      const error = { message: 'Send the request as application/json.', extensions: { code: 'BAD_REQUEST' } };
      endResponse(fetchAPI.Response.json({ errors: [error] }, { status: 415 }));
    },
  };
}
