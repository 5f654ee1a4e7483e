import type { Tools, Visitor } from '../account/actor.ts';
import { addressNetwork } from '../net/addresses.ts';
import { clientAddress } from '../net/client-address.ts';
import type { Cookie } from './cookie.ts';

const userAgentCharactersMax = 512;

/** Where a request comes from. */
type Source = {
  readonly requestId: string;
  /** The cookie that marks a browser which signed in before. */
  readonly deviceCookie: Cookie;
  /** The other end of the connection; undefined where there is none. */
  readonly peer: string | undefined;
  header(name: string): string | undefined;
};

/** The caller of a request, before its credential is known. */
export function createVisitor(
  tools: Tools,
  { peer, header, requestId, deviceCookie }: Source,
  isTrustedProxy: (address: string) => boolean,
): Visitor {
  const ip = clientAddress(peer ?? null, header('x-forwarded-for') ?? null, isTrustedProxy);
  const userAgent = header('user-agent')?.toWellFormed().slice(0, userAgentCharactersMax) ?? null;
  const [deviceToken, ...others] = deviceCookie.read(header('cookie'));
  const device = others.length === 0 && deviceToken ? deviceToken : null;
  return { tools, now: tools.now, ip, network: addressNetwork(ip), userAgent, requestId, deviceToken: device };
}
