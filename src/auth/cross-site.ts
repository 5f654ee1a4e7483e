import { CrossSite } from '../account/refusals.ts';

type SentRequest = {
  readonly method: string;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
};

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that a page of another site makes a browser send with the cookie, or to get one: what can change
 * something must come from the gateway's own pages, from an allowed origin, or from no browser. The content type does not matter.
 * @param own the origins of the gateway and `CORS_ORIGINS`.
 * @throws CrossSite
 */
export function assertSameSite({ method, header }: SentRequest, own: readonly string[]): void {
  if (safeMethods.has(method)) return;
  const site = header('sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return;
  const origin = header('origin');
  if (origin === undefined && site === undefined) return;
  if (origin === undefined || !own.includes(origin)) throw new CrossSite();
}
