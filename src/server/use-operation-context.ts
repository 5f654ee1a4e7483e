import type { Plugin } from 'graphql-yoga';
import type { Viewer, Visitor } from '../account/viewer.ts';
import type { SessionCookie } from '../auth/cookie.ts';
import { badRequest } from '../graphql/errors.ts';
import type { ServerContext } from './gateway.ts';
import { createGraphContext } from './graph-context.ts';

/** How the door finds out who asks, and counts them. */
export type Door = {
  readonly cookie: SessionCookie;
  readonly setCookie: (request: Request, header: string) => void;
  readonly greet: (request: Request, context: ServerContext) => Visitor;
  readonly identify: (visitor: Visitor, request: Request) => Promise<Viewer | null>;
  /** @throws RateLimited */
  readonly spend: (asking: Visitor | Viewer) => Promise<void>;
};

/**
 * Finds out who asks before a document is looked at, gives each operation a context of its own and counts it as a request
 * of its own: a batch of ten is ten, and a document that cannot be read is one.
 */
export function useOperationContext({ cookie, setCookie, greet, identify, spend }: Door): Plugin<object, ServerContext> {
  const identified = new WeakMap<Request, Promise<Viewer | null>>();
  return {
    async onParams({ request, params, context }) {
      const visitor = greet(request, context);
      // One credential, so one look at it: the operations of a batch come by the same headers.
      const found = identified.get(request) ?? identify(visitor, request);
      identified.set(request, found);
      const graph = await createGraphContext({
        request,
        visitor,
        cookie,
        setCookie: (header) => setCookie(request, header),
        identify: () => found,
      });
      await spend(graph.asking.viewer ?? visitor);
      Object.assign(context, graph);
      if (typeof params !== 'object' || params === null) throw badRequest('An operation is a JSON object with a query.');
    },
  };
}
