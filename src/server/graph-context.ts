import type { Actor, Visitor } from '../account/actor.ts';
import { Unauthenticated } from '../account/refusals.ts';
import type { SessionCookie } from '../auth/cookie.ts';
import { carriesBearer } from '../auth/identify.ts';
import type { GraphContext } from '../graphql/schema/builder.ts';

/** What a GraphQL context is made of. */
export type ContextParts = {
  readonly request: Request;
  readonly visitor: Visitor;
  readonly identify: () => Promise<Actor | null>;
  readonly cookie: SessionCookie;
  readonly setCookie: (header: string) => void;
};

/**
 * The context of one operation. A bearer that is wrong ends it at once; a cookie that opens nothing any more is told to
 * whoever asks for the viewer, and does not stand in the way of signing in again.
 */
export async function createGraphContext({ request, visitor, identify, cookie, setCookie }: ContextParts): Promise<GraphContext> {
  const found = await identify().catch((error: unknown) => {
    if (!(error instanceof Unauthenticated) || carriesBearer(request)) throw error;
    setCookie(cookie.clear());
    return error;
  });
  const isDenied = found instanceof Unauthenticated;
  const asking = { viewer: isDenied ? null : found, denial: isDenied ? found : null };
  return {
    asking,
    visitor,
    db: visitor.tools.db,
    left: request.signal,
    enter: (viewer, token, expiresAt) => {
      asking.viewer = viewer;
      setCookie(cookie.write(token, expiresAt));
    },
    leave: () => {
      asking.viewer = null;
      setCookie(cookie.clear());
    },
  };
}
