import type { Tools, Visitor } from '../account/actor.ts';
import { addressNetwork } from '../net/addresses.ts';
import { clientAddress, type Proxies } from '../net/client-address.ts';
import type { Cookie } from './cookie.ts';

/** Where a request comes from. */
type Source = {
  readonly requestId: string;
  readonly sessionCookie: Cookie;
  /** The cookie that marks a browser which signed in before. */
  readonly deviceCookie: Cookie;
  beginCommit(): void;
  /** The other end of the connection; undefined where there is none. */
  readonly peer: string | undefined;
  /** A header, by its name in lower case, cut to what is read of it. */
  header(name: string): string | undefined;
};

/** The caller of a request, before its credential is known. */
export function createVisitor(tools: Tools, source: Source, proxies: Proxies): Visitor {
  const { peer, header, requestId, sessionCookie, deviceCookie, beginCommit } = source;
  const { ip, isCertain } = clientAddress(peer ?? null, header(proxies.header) ?? null, proxies);
  const userAgent = header('user-agent')?.toWellFormed() ?? null;
  // An Authorization header decides alone.
  const cookies = header('authorization') === undefined ? header('cookie') : undefined;
  const [sessionToken, deviceToken] = [sessionCookie, deviceCookie].map((cookie) => readOnly(cookie.read(cookies)));
  return {
    tools,
    now: tools.now,
    ip,
    isAddressCertain: isCertain,
    network: addressNetwork(ip),
    userAgent,
    requestId,
    sessionToken: sessionToken ?? null,
    deviceToken: deviceToken ?? null,
    beginCommit,
  };
}

/** The only value of a cookie; null where there is none, or where another host of the domain has set a second one. */
function readOnly([value, ...others]: readonly string[]): string | null {
  return others.length === 0 && value ? value : null;
}
