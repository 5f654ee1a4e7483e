import type { Config } from '../config/config.ts';
import { forwardedHeaders, isTrustedPeer } from '../net/client-address.ts';

type Sent = { readonly peer: string | undefined; header(name: string): string | undefined };

const intervalMs = 60_000;

/**
 * Creates the warnings about what proxies send: of a header that is not the chosen one, of a proxy that is not trusted and of
 * https that is not in APP_URL, once; of an address that cannot be read, once a minute.
 */
export function createForwardedWarnings(config: Config, now: () => Date, warn: (details: object, message: string) => void) {
  const { proxies, appUrl } = config;
  const { header: chosen } = proxies;
  const mentioned = new Set<string>();
  let warnedAt = Number.NEGATIVE_INFINITY;
  const isNew = (topic: string) => !mentioned.has(topic) && mentioned.add(topic);
  return (sent: Sent, { isAddressCertain, ip }: { readonly isAddressCertain: boolean; readonly ip: string | null }): void => {
    const { peer, header } = sent;
    for (const name of forwardedHeaders) {
      if (name === chosen || header(name) === undefined || !isNew(name)) continue;
      warn({ header: name }, `a request has the header ${name}, which is not read: FORWARDED_HEADER is ${chosen}`);
    }
    if (header(chosen) !== undefined && !mentioned.has('peer') && !isTrustedPeer(peer, proxies) && isNew('peer')) {
      const line = `TRUSTED_PROXIES=${[...proxies.list, ip].join(',')}`;
      warn({ header: chosen, ip }, `${ip} sent ${chosen}, which is not believed. Only if ${ip} is a proxy of yours, set ${line}`);
    }
    if (appUrl.protocol === 'http:' && isHttps(header('x-forwarded-proto')) && isTrustedPeer(peer, proxies) && isNew('https')) {
      warn(
        { header: 'x-forwarded-proto' },
        `a proxy received a request over https, and APP_URL is ${appUrl.origin}: the session cookie is not Secure. Set APP_URL=${suggestUrl(config, header('host'))}`,
      );
    }
    if (isAddressCertain || ip === null || now().getTime() - warnedAt < intervalMs) return;
    warnedAt = now().getTime();
    warn(
      { header: chosen, ip },
      `the address in ${chosen} cannot be read: the request counts for the proxy, and limited API keys are refused`,
    );
  };
}

/** Each proxy may append its own. */
function isHttps(protocols: string | undefined): boolean {
  return protocols !== undefined && /^\s*https\b/i.test(protocols);
}

/** The URL that browsers seem to use. */
function suggestUrl({ appUrl, isAppUrlSet }: Config, host: string | undefined): string {
  const url = isAppUrlSet ? null : URL.parse(`https://${host ?? ''}`);
  return url?.origin ?? `https://${appUrl.host}${appUrl.pathname.replace(/\/$/, '')}`;
}
