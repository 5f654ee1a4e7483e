import { canonicalizeAddress } from './addresses.ts';

/** The headers in which a proxy can name its client. */
export const forwardedHeaders = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip'] as const;
export type ForwardedHeader = (typeof forwardedHeaders)[number];

/** Which proxies are believed, and in which header. */
export type Proxies = {
  readonly header: ForwardedHeader;
  /** Whether the other end of every connection is a proxy, without more of them behind it. */
  readonly isPeerTrusted: boolean;
  isTrusted(address: string): boolean;
};

/** The address of a client. `isCertain`: false where a proxy named one that cannot be read; `ip` is then the proxy itself. */
export type ClientAddress = { readonly ip: string | null; readonly isCertain: boolean };

/**
 * The address of the client: the peer, or where the peer is a trusted proxy what the header says.
 *
 * Lists are read from right to left, because each proxy appends the address of its peer. Everything to the left of the
 * first address that is not a trusted proxy was written by the client and may be false.
 * @param peer the other end of the connection; null where there is none.
 */
export function clientAddress(peer: string | null, value: string | null, { header, isPeerTrusted, isTrusted }: Proxies): ClientAddress {
  let ip = canonicalizeAddress(withoutZone(peer ?? ''));
  if (ip === null) return { ip, isCertain: false };
  if (!isPeerTrusted && !isTrusted(ip)) return { ip, isCertain: true };
  for (const hop of readHops(header, value ?? '').reverse()) {
    const address = hop === null ? null : readAddress(hop);
    if (address === null) return { ip, isCertain: false };
    ip = address;
    if (!isTrusted(ip)) break;
  }
  return { ip, isCertain: true };
}

/** Whether the other end of a connection is a proxy that is believed. */
export function isTrustedPeer(peer: string | undefined, { isPeerTrusted, isTrusted }: Proxies): boolean {
  const ip = canonicalizeAddress(withoutZone(peer ?? ''));
  return ip !== null && (isPeerTrusted || isTrusted(ip));
}

/** The hops of a header as they are written; null for one that names no address. */
function readHops(header: ForwardedHeader, value: string): (string | null)[] {
  if (header === 'forwarded') return splitElements(value).map(readFor);
  const hops = header === 'x-forwarded-for' ? value.split(',') : [value];
  return hops.map((hop) => hop.trim()).filter((hop) => hop !== '');
}

/** RFC 7239 §4: the elements of a Forwarded header. A comma in quotes does not separate them. */
function splitElements(value: string): string[] {
  const quoted = /"(?:[^"\\]|\\.)*"/g;
  // A client that opens a quote would hide what the proxies append. Their own addresses hold no comma.
  const isClosed = !value.replaceAll(quoted, '').includes('"');
  const plain = isClosed ? value.replaceAll(quoted, (text) => '_'.repeat(text.length)) : value;
  const ends = [...plain.matchAll(/,/g)].map(({ index }) => index);
  const elements = [...ends, value.length].map((end, at) => value.slice((ends[at - 1] ?? -1) + 1, end).trim());
  return elements.filter((element) => element !== '');
}

/** The address in an element of a Forwarded header; null without one. */
function readFor(element: string): string | null {
  // One parameter after the other, because the value of `host` is the client's.
  const parameters = element.matchAll(/\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^";\s]*)\s*(?:;|$)/gy);
  return [...parameters].find(([, name]) => name?.toLowerCase() === 'for')?.[2] ?? null;
}

/** An address as proxies write it, in its canonical form: with quotes, brackets, a port or a zone. Null for any other text. */
function readAddress(hop: string): string | null {
  const plain = hop.replace(/^"(.*)"$/, '$1').replaceAll(/\\(.)/g, '$1');
  const [, bracketed] = /^\[([^\]]*)\](?::[\w.-]+)?$/.exec(plain) ?? [];
  // Only IPv4 has a port without brackets: in IPv6 the last group is part of the address.
  const [, beforePort] = /^(\d+\.\d+\.\d+\.\d+):[\w.-]+$/.exec(plain) ?? [];
  return canonicalizeAddress(withoutZone(bracketed ?? beforePort ?? plain));
}

/** The address of a link-local peer ends with the name of the network interface, which is not part of it. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
