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
 * The actor that the credential of a request identifies; null without a credential. An API key decides alone: with one,
 * cookies are ignored.
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

/** Whether the credential is an API key, which a wrong one is as well. */
export function carriesBearer({ header }: CredentialRequest): boolean {
  const authorization = header('authorization') ?? '';
  return authorization.includes('Bearer ') || /^bearer\b/i.test(authorization);
}

/** Whether the credential has the form of an API key: an identifier and a secret. */
export function carriesApiKey({ header }: CredentialRequest): boolean {
  return /^Bearer [A-Za-z0-9_]{48}$/.test(header('authorization') ?? '');
}

/**
 * The token of an Authorization header; null when it holds none. As the panel reads it: `Bearer` in this spelling, the
 * last one in the header, up to a comma.
 * @throws Unauthenticated for a bearer in another spelling.
 */
function readBearer({ header }: CredentialRequest): string | null {
  const authorization = header('authorization') ?? '';
  const start = authorization.lastIndexOf('Bearer ');
  if (start !== -1) return (authorization.slice(start + 'Bearer '.length).split(',')[0] ?? '').trim();
  if (/^bearer\b/i.test(authorization)) throw new Unauthenticated();
  return null;
}
