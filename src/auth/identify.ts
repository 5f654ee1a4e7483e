import { authenticateApiKey } from '../account/api-keys/api-keys.ts';
import { Unauthenticated } from '../account/errors.ts';
import type { Tools, Viewer, Visitor } from '../account/viewer.ts';
import { clientAddress } from './client-address.ts';

const userAgentCharactersMax = 512;

/** Who is at the door: where they call from and with what. */
export function greet(tools: Tools, request: Request, peer: string | null, isTrustedProxy: (address: string) => boolean): Visitor {
  const ip = clientAddress(peer, request.headers.get('x-forwarded-for'), isTrustedProxy);
  const userAgent = request.headers.get('user-agent')?.toWellFormed().slice(0, userAgentCharactersMax) ?? null;
  return { ...tools, ip, userAgent };
}

/**
 * Who is asking: null without a credential.
 * @throws Unauthenticated when the credential is wrong: never taken for "signed out"; AddressNotAllowed.
 */
export async function identify(visitor: Visitor, request: Request): Promise<Viewer | null> {
  const authorization = request.headers.get('authorization');
  if (authorization === null) return null;
  const token = readBearer(authorization);
  if (token !== null) return authenticateApiKey(visitor, token);
  if (/^bearer\b/i.test(authorization)) throw new Unauthenticated();
  return null;
}

/**
 * The token of an Authorization header. As the panel reads it: `Bearer` in this spelling, the last one in the header,
 * up to a comma.
 */
function readBearer(authorization: string): string | null {
  const start = authorization.lastIndexOf('Bearer ');
  if (start === -1) return null;
  return (
    authorization
      .slice(start + 'Bearer '.length)
      .split(',')[0]
      ?.trim() ?? null
  );
}
