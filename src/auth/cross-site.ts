import { CrossSite } from '../account/refusals.ts';

/** Methods that change nothing. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what a page of another site makes a browser do with our cookie, or to get one: a request that can change
 * something must come from our own pages, from an allowed origin, or from no browser at all. Whatever its content type.
 * @param own origins that are ours, and `CORS_ORIGINS`.
 * @throws CrossSite
 */
export function assertSameSite(request: Request, own: readonly string[]): void {
  if (safeMethods.has(request.method)) return;
  const site = request.headers.get('sec-fetch-site');
  if (site === 'same-origin' || site === 'none') return;
  const origin = request.headers.get('origin');
  if (origin === null && site === null) return;
  if (origin === null || !own.includes(origin)) throw new CrossSite();
}
