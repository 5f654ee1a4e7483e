import { canonicalizeAddress } from './addresses.ts';

/**
 * The address a request comes from: the peer's, or what X-Forwarded-For says when the peer is a trusted proxy.
 *
 * Read from the right: each proxy appends whom it heard from, so everything left of the first address that is not a
 * trusted proxy's was written by the client and may be a lie.
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

/** A link-local peer's address names the interface it came through; that is ours, not the client's. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
