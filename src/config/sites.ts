import { getDomain } from 'tldts';

/** The origins whose pages are of another site than a URL. A browser sends them no cookie that is `SameSite=Lax`. */
export function findCrossSite(origins: readonly string[], { protocol, hostname }: URL): string[] {
  return origins.filter((origin) => {
    const page = new URL(origin);
    return page.protocol !== protocol || siteOf(page.hostname) !== siteOf(hostname);
  });
}

/** Why pages of an origin cannot keep the cookie of a URL without TLS, and what to do. */
export function warnOfCrossSite(origin: string, url: URL): string {
  const page = new URL(origin);
  const reason = `CORS_ORIGINS: pages of ${origin} cannot keep the session cookie of ${url.origin}, which is another site.`;
  if (!isLoopback(page.hostname) || !isLoopback(url.hostname)) {
    return `${reason} Use host names of one site for both, or https for APP_URL.`;
  }
  const [samePage, sameUrl] = [withHost(page, url.hostname), withHost(url, page.hostname)];
  return `${reason} Open the page at ${samePage}, or set APP_URL=${sameUrl} and send its requests there.`;
}

/** The domain that was registered, by the Public Suffix List; an address or a name without a suffix is a site of its own. */
function siteOf(host: string): string {
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.') || host.endsWith('.localhost');
}

function withHost(url: URL, host: string): string {
  const moved = new URL(url.origin);
  moved.hostname = host;
  return moved.origin;
}
