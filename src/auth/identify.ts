import type { Actor, Visitor } from '../account/actor.ts';
import { authenticateApiKey } from '../account/api-keys/authenticate.ts';
import { Unauthenticated } from '../account/refusals.ts';
import { authenticateSession } from '../account/sessions/sessions.ts';
import type { ViewerPlan } from '../account/viewer.ts';
import type { Cookie } from './cookie.ts';
import { assertSameSite, type CookiePages } from './cross-site.ts';

/** What identifying the caller takes of a request. */
export type CredentialRequest = {
  readonly method: string;
  readonly url: URL;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
};

/**
 * The actor that the credential of a request identifies; null without a credential. An Authorization header decides alone:
 * with one, cookies are ignored.
 * @param plan parts of the account to read with an API key, for a request that changes nothing.
 * @param pages whose requests may use the cookie.
 * @throws Unauthenticated when the credential is wrong; AddressNotAllowed, CrossSite.
 */
export async function identify(
  visitor: Visitor,
  request: CredentialRequest,
  { cookie, pages }: { readonly cookie: Cookie; readonly pages: CookiePages },
  plan: ViewerPlan | null,
): Promise<Actor | null> {
  const bearer = readBearer(request);
  if (bearer !== null) return authenticateApiKey(visitor, bearer, plan);
  const [token, ...others] = cookie.read(request.header('cookie'));
  if (token === undefined) return null;
  assertSameSite(request, pages);
  // Of two cookies, one was set by another host of the domain, to have its own session used.
  if (others.length > 0) throw new Unauthenticated();
  return token ? authenticateSession(visitor, token) : null;
}

/** Whether the credential is in the Authorization header, whatever that holds. */
export function carriesAuthorization({ header }: CredentialRequest): boolean {
  return header('authorization') !== undefined;
}

/** Whether the credential has the form of an API key: an identifier and a secret. */
export function carriesApiKey({ header }: CredentialRequest): boolean {
  return /^Bearer [A-Za-z0-9_]{48}$/i.test(header('authorization') ?? '');
}

/**
 * The token of an Authorization header; null without the header, empty where it has another scheme. As the panel reads it:
 * of the last `Bearer` in the header, up to a comma. Where none has this spelling, any other is read (RFC 9110 §11.1).
 */
function readBearer({ header }: CredentialRequest): string | null {
  const authorization = header('authorization');
  if (authorization === undefined) return null;
  const exact = authorization.lastIndexOf('Bearer ');
  const start = exact === -1 ? authorization.toLowerCase().lastIndexOf('bearer ') : exact;
  return start === -1 ? '' : (authorization.slice(start + 'bearer '.length).split(',')[0] ?? '').trim();
}
