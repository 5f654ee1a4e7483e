import type { Actor, Visitor } from '../../account/actor.ts';
import { RateLimited, Unauthenticated } from '../../account/refusals.ts';
import type { ViewerPlan } from '../../account/viewer.ts';
import type { Spent } from '../../rate-limits/budget.ts';
import type { GraphContext } from '../schema/builder.ts';
import type { CountChanges } from './change-count.ts';
import type { ReportedFault } from './errors.ts';

/** What the GraphQL API takes of a request. */
export type GraphqlRequest = {
  readonly method: string;
  readonly url: URL;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The body; null when it has more bytes than are accepted. */
  readBody(): Promise<Buffer | null>;
  /** Whether the body is read and has not arrived yet. */
  isBodyAwaited(): boolean;
  readonly visitor: Visitor;
  /**
   * Finds the actor of the credential, null without one, and counts the request.
   * @throws Unauthenticated, AddressNotAllowed, CrossSite; RateLimited for an address.
   */
  admit(plan: ViewerPlan | null): Promise<{ readonly actor: Actor | null; readonly spent: Spent | null }>;
  /** Whether a short body may be read before the credential is looked up. */
  mayReadEarly(): boolean;
  /** Counts the request for the address instead. @throws RateLimited */
  chargeAddress(): Promise<void>;
  /** Counts further requests. @throws RateLimited */
  spend(requests: number): Promise<void>;
  /** Whether the credential is in the Authorization header. */
  carriesAuthorization(): boolean;
  /** @throws CrossSite when a page of another site sent the request. */
  assertSameSite(): void;
  /** Sets the session cookie with the answer. */
  setSessionCookie(token: string, expiresAt: Date): void;
  clearSessionCookie(): void;
  /** Sets the cookie that marks a browser which signed in. */
  setDeviceCookie(token: string, expiresAt: Date): void;
  /** Notes what the log says of the request. */
  note(fact: { readonly operation?: string; readonly accountId?: number; readonly outcome?: string }): void;
  /** Waits for the work of the request. @throws an error when its time is over. */
  inTime<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Logs an error that is no refusal. */
  report(fault: unknown): ReportedFault;
  /** Aborted when the client closes the connection before it has the answer. */
  left(): AbortSignal;
};

/** What the operations of one request share. */
export type SharedContext = {
  readonly request: GraphqlRequest;
  readonly caller: Caller;
  readonly isBatch: boolean;
  /** The cost, and the fields that verify a secret, that give the schema and that check a password, of all operations so far. */
  cost: number;
  secrets: number;
  introspections: number;
  passwordChecks: number;
};

export type OperationContext = GraphContext & { readonly shared: SharedContext; readonly countChanges: CountChanges };

/** The actor of a request; null without a credential, or with one that is refused by the fields that need the viewer. */
type Caller = { readonly viewer: Actor | null; readonly denial: Error | null };

/**
 * Admits a request before its body is read. A wrong API key refuses it. A session cookie that is wrong or expired is refused
 * by the fields that need the viewer, so that it does not prevent signing in again.
 * @throws what `admit` throws; RateLimited.
 */
export async function admit(request: GraphqlRequest, plan: ViewerPlan | null): Promise<Caller> {
  try {
    const { actor, spent } = await request.admit(plan);
    if (spent && !spent.isWithin) throw new RateLimited(spent.resetSeconds, 'requests');
    return { viewer: actor, denial: null };
  } catch (error) {
    if (!(error instanceof Unauthenticated) || request.carriesAuthorization()) throw error;
    request.clearSessionCookie();
    return { viewer: null, denial: error };
  }
}

/** Creates the context of one operation. */
export function createContext(shared: SharedContext, countChanges: CountChanges): OperationContext {
  const { request, caller } = shared;
  const { visitor } = request;
  const asking = { ...caller };
  return {
    shared,
    countChanges,
    asking,
    visitor,
    db: visitor.tools.db,
    left: request.left,
    assertSameSite: request.assertSameSite,
    noteRefusal: (outcome) => request.note({ outcome }),
    enter: (viewer, token, expiresAt) => {
      asking.viewer = viewer;
      request.note({ accountId: viewer.accountId });
      request.setSessionCookie(token, expiresAt);
    },
    keepDevice: (token, expiresAt) => request.setDeviceCookie(token, expiresAt),
    leave: () => {
      if (asking.viewer?.credential.kind === 'session') request.clearSessionCookie();
      asking.viewer = null;
    },
  };
}
