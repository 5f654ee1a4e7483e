import { CrossSite } from '../account/refusals.ts';

type SentRequest = {
  readonly method: string;
  readonly url: URL;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
};

/** Which pages may send the session cookie. */
export type CookiePages = {
  /** The origins of the gateway and `CORS_ORIGINS`. */
  readonly origins: readonly string[];
  /** Whether the host that a request was sent to is one of them as well: without https, any name of the gateway is. */
  readonly isOwnHost: boolean;
  /** Whether pages of every site send the cookie, so that reads are checked too. */
  readonly isCrossSite: boolean;
};

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that a page of another site makes a browser send with the cookie, or to get one: what can change
 * something must come from the gateway's own pages, from an allowed origin, or from no browser. The content type does not matter.
 * @throws CrossSite
 */
export function assertSameSite({ method, url, header }: SentRequest, { origins, isOwnHost, isCrossSite }: CookiePages): void {
  if (safeMethods.has(method) && !isCrossSite) return;
  const site = header('sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return;
  const origin = header('origin');
  if (origin === undefined && site === undefined) return;
  const isOwn = origin !== undefined && (origins.includes(origin) || (isOwnHost && origin === url.origin));
  if (!isOwn) throw new CrossSite();
}
