import type { Visitor } from '../account/actor.ts';
import type { Admission } from '../auth/admission.ts';
import type { Deadline } from './deadline.ts';
import type { Fact, RequestFacts } from './request-facts.ts';

/** A request as it is received, over a socket or in a test. */
export type ReceivedRequest = {
  readonly method: string;
  /** Null where the Host header and the target make no address. */
  readonly url: URL | null;
  /** The address of the other end of the connection. */
  readonly peer: string | undefined;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
  /** Reads the body; null when it has more bytes than are accepted. */
  readBody(): Promise<Buffer | null>;
  /** Whether the body is read and has not arrived yet. */
  isBodyAwaited(): boolean;
  /** Aborted when the client closes the connection before it has the answer. */
  left(): AbortSignal;
};

/** A request on its way to its answer. Each API declares the part of it that it takes. */
export type HttpRequest = Omit<ReceivedRequest, 'url'> &
  Admission &
  Pick<Deadline, 'inTime'> & {
    readonly url: URL;
    /** In `X-Request-Id`, in the log line, and with every fault. */
    readonly id: string;
    readonly startedAt: number;
    readonly visitor: Visitor;
    /** Whether the credential is in the Authorization header. */
    carriesAuthorization(): boolean;
    /** Notes what the line of the request in the log says. */
    note(fact: Fact): void;
    /** All that is noted. */
    facts(): RequestFacts;
    /** Logs an error that is no refusal. */
    report(fault: unknown): { readonly correlationId: string; readonly retryAfterSeconds: number | null };
    /** @throws CrossSite when a page of another site sent the request. */
    assertSameSite(): void;
    setSessionCookie(token: string, expiresAt: Date): void;
    clearSessionCookie(): void;
    /** Sets the cookie that marks a browser which signed in. */
    setDeviceCookie(token: string, expiresAt: Date): void;
    /** The Set-Cookie headers of the answer, by cookie. */
    readonly cookies: { session: readonly string[]; device: readonly string[] };
  };
