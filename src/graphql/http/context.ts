import type { Actor, Visitor } from '../../account/actor.ts';
import { RateLimited, Unauthenticated } from '../../account/refusals.ts';
import type { Spent } from '../../rate-limits/budget.ts';
import type { GraphContext } from '../schema/builder.ts';
import type { ReportedFault } from './errors.ts';

/** What the GraphQL API takes of a request. */
export type GraphqlRequest = {
  readonly method: string;
  readonly url: URL;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The body; null when it has more bytes than are accepted. */
  readBody(): Promise<Buffer | null>;
  readonly visitor: Visitor;
  /**
   * The actor that the credential identifies; null without a credential.
   * @throws Unauthenticated, AddressNotAllowed, CrossSite.
   */
  identify(): Promise<Actor | null>;
  /** Whether the credential is an API key, which a wrong one is as well. */
  carriesBearer(): boolean;
  /** Counts one request for a caller; null where requests are not limited. */
  count(caller: Visitor | Actor): Promise<Spent | null>;
  /** Sets the session cookie with the answer. */
  setSessionCookie(token: string, expiresAt: Date): void;
  clearSessionCookie(): void;
  /** Sets the cookie that marks a browser which signed in. */
  setDeviceCookie(token: string, expiresAt: Date): void;
  /** Logs an error that is no refusal. */
  report(fault: unknown): ReportedFault;
  /** Aborted when the client closes the connection before it has the answer. */
  readonly left: AbortSignal;
};

/** What the operations of one request share. */
export type SharedContext = {
  readonly request: GraphqlRequest;
  readonly isBatch: boolean;
  /** Fields that verify a secret, and fields that give the schema, of all operations so far. */
  secrets: number;
  introspections: number;
};

export type OperationContext = GraphContext & { readonly shared: SharedContext };

/**
 * Creates the context of one operation. A wrong API key refuses the operation. A session cookie that is wrong or expired is
 * refused by the fields that need the viewer, so that it does not prevent signing in again.
 */
export async function createContext(shared: SharedContext): Promise<OperationContext> {
  const { request } = shared;
  const { visitor } = request;
  const found = await request.identify().catch((error: unknown) => {
    if (!(error instanceof Unauthenticated) || request.carriesBearer()) throw error;
    request.clearSessionCookie();
    return error;
  });
  const isDenied = found instanceof Unauthenticated;
  const asking = { viewer: isDenied ? null : found, denial: isDenied ? found : null };
  return {
    shared,
    asking,
    visitor,
    db: visitor.tools.db,
    get left() {
      return request.left;
    },
    enter: (viewer, token, expiresAt) => {
      asking.viewer = viewer;
      request.setSessionCookie(token, expiresAt);
    },
    keepDevice: (token, expiresAt) => request.setDeviceCookie(token, expiresAt),
    leave: () => {
      asking.viewer = null;
      request.clearSessionCookie();
    },
  };
}

/**
 * Counts one request for a caller.
 * @throws RateLimited
 */
export async function spendRequest(request: GraphqlRequest, caller: Visitor | Actor): Promise<void> {
  const spent = await request.count(caller);
  if (spent && !spent.isWithin) throw new RateLimited(spent.resetSeconds, 'requests');
}
