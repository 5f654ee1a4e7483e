import type { Plugin } from 'graphql-yoga';
import type { Actor } from '../account/actor.ts';
import { badRequest } from '../graphql/http/errors.ts';
import type { Door, ServerContext } from './door.ts';
import { createGraphContext } from './graph-context.ts';
import type { SetCookies } from './use-set-cookie.ts';

/**
 * Finds out who asks before a document is looked at, gives each operation a context of its own and counts it as a request
 * of its own: a batch of ten is ten, and a document that cannot be read is one.
 */
export function useOperationContext(door: Door, setCookies: SetCookies): Plugin<object, ServerContext> {
  const identified = new WeakMap<Request, Promise<Actor | null>>();
  return {
    async onParams({ request, params, context }) {
      const visitor = door.greet(request, context);
      // One credential, so one look at it: the operations of a batch come by the same headers.
      const found = identified.get(request) ?? door.identify(visitor, request);
      identified.set(request, found);
      const graph = await createGraphContext({
        request,
        visitor,
        cookie: door.cookie,
        setCookie: (header) => setCookies.set(request, header),
        identify: () => found,
      });
      await door.spend(graph.asking.viewer ?? visitor);
      Object.assign(context, graph);
      if (typeof params !== 'object' || params === null) throw badRequest('An operation is a JSON object with a query.');
    },
  };
}
