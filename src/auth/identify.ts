import type { Actor, Tools, Visitor } from '../account/actor.ts';
import { authenticateApiKey } from '../account/api-keys/authenticate.ts';
import { Unauthenticated } from '../account/refusals.ts';
import { authenticateSession } from '../account/sessions/sessions.ts';
import { addressNetwork } from '../net/addresses.ts';
import { clientAddress } from '../net/client-address.ts';
import type { SessionCookie } from './cookie.ts';
import { assertSameSite } from './cross-site.ts';

const userAgentCharactersMax = 512;

/** How requests are told apart. */
export type Credentials = {
  readonly isTrustedProxy: (address: string) => boolean;
  readonly cookie: SessionCookie;
  /** Origins whose pages may use the cookie. */
  readonly ownOrigins: readonly string[];
};

/** Who is at the door: where they call from and with what. */
export function greet(tools: Tools, request: Request, peer: string | null, { isTrustedProxy }: Credentials): Visitor {
  const ip = clientAddress(peer, request.headers.get('x-forwarded-for'), isTrustedProxy);
  const userAgent = request.headers.get('user-agent')?.toWellFormed().slice(0, userAgentCharactersMax) ?? null;
  return { tools, now: tools.now, ip, network: addressNetwork(ip), userAgent };
}

/**
 * Who is asking: null without a credential. A bearer decides alone: with one, cookies are not looked at.
 * @throws Unauthenticated when the credential is wrong: never taken for "signed out"; AddressNotAllowed, CrossSite.
 */
export async function identify(visitor: Visitor, request: Request, { cookie, ownOrigins }: Credentials): Promise<Actor | null> {
  const bearer = readBearer(request);
  if (bearer !== null) return authenticateApiKey(visitor, bearer);
  assertSameSite(request, [...ownOrigins, new URL(request.url).origin]);
  const token = cookie.read(request);
  return token === null ? null : authenticateSession(visitor, token);
}

/** Whether a request comes with a bearer, be it a wrong one: then that decides alone. */
export function carriesBearer(request: Request): boolean {
  const authorization = request.headers.get('authorization') ?? '';
  return authorization.includes('Bearer ') || /^bearer\b/i.test(authorization);
}

/**
 * The token of an Authorization header; null when it holds none. As the panel reads it: `Bearer` in this spelling, the
 * last one in the header, up to a comma.
 * @throws Unauthenticated for a bearer in another spelling.
 */
function readBearer(request: Request): string | null {
  const authorization = request.headers.get('authorization') ?? '';
  const start = authorization.lastIndexOf('Bearer ');
  if (start !== -1)
    return (
      authorization
        .slice(start + 'Bearer '.length)
        .split(',')[0]
        ?.trim() ?? null
    );
  if (/^bearer\b/i.test(authorization)) throw new Unauthenticated();
  return null;
}
