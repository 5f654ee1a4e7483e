import { type ForwardedHeader, forwardedHeaders } from '../net/client-address.ts';

type Sent = { header(name: string): string | undefined };

const intervalMs = 60_000;

/**
 * Creates the warnings about addresses that proxies send: of a header that is not the chosen one, once; of an address that
 * cannot be read, once a minute.
 */
export function createForwardedWarnings(chosen: ForwardedHeader, now: () => Date, warn: (details: object, message: string) => void) {
  const mentioned = new Set<string>();
  let warnedAt = Number.NEGATIVE_INFINITY;
  return ({ header }: Sent, { isAddressCertain, ip }: { readonly isAddressCertain: boolean; readonly ip: string | null }): void => {
    for (const name of forwardedHeaders) {
      if (name === chosen || mentioned.has(name) || header(name) === undefined) continue;
      mentioned.add(name);
      warn({ header: name }, `a request has the header ${name}, which is not read: FORWARDED_HEADER is ${chosen}`);
    }
    if (isAddressCertain || ip === null || now().getTime() - warnedAt < intervalMs) return;
    warnedAt = now().getTime();
    warn(
      { header: chosen, ip },
      `the address in ${chosen} cannot be read: the request counts for the proxy, and limited API keys are refused`,
    );
  };
}
