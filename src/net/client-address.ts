import { canonicalizeAddress } from './addresses.ts';

/**
 * The address of the client: the peer, or an address of X-Forwarded-For when the peer is a trusted proxy.
 *
 * The header is read from right to left, because each proxy appends the address of its peer. Everything to the left of
 * the first address that is not a trusted proxy was written by the client and may be false.
 * @param peer the other end of the connection; null where there is none.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | null,
  isTrustedProxy: (address: string) => boolean,
): string | null {
  const hops = forwardedFor?.split(',').map((hop) => hop.trim()) ?? [];
  let address = canonicalizeAddress(withoutZone(peer ?? ''));
  while (address !== null && isTrustedProxy(address) && hops.length > 0) {
    address = canonicalizeAddress(hops.pop() ?? '');
  }
  return address;
}

/** The address of a link-local peer ends with the name of the network interface, which is not part of it. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
