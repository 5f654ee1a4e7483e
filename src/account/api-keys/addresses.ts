import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The one spelling of an address or CIDR range: IPv6 as in RFC 5952, IPv4 in IPv6 as IPv4, ranges by their first
 * address, a range of one as an address. Null for anything else: octal, hexadecimal and short forms, zones, ports.
 */
export function canonicalizeRange(entry: string): string | null {
  const range = parseRange(entry);
  if (!range) return null;
  const [address, bits] = range;
  const bitsMax = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === bitsMax) return format(address);
  const network = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${format(network.networkAddressFromCIDR(`${format(address)}/${bits}`))}/${bits}`;
}

/** Whether an address lies in one of the ranges; families are never compared with each other. An unreadable address lies in none. */
export function isAddressIn(address: string | null, ranges: readonly string[]): boolean {
  const client = parseAddress(address ?? '');
  if (!client) return false;
  return ranges.some((entry) => {
    const range = parseRange(entry);
    return range !== null && range[0].kind() === client.kind() && client.match(range);
  });
}

/** The one spelling of a single address, or null. */
export function canonicalizeAddress(address: string): string | null {
  const parsed = parseAddress(address);
  return parsed && format(parsed);
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function parseRange(entry: string): [Address, number] | null {
  const [text = '', prefix, ...rest] = entry.split('/');
  const written = isIP(text);
  const address = parseAddress(text);
  if (!address || rest.length > 0) return null;
  const writtenMax = written === 4 ? 32 : 128;
  const bits = prefix === undefined ? writtenMax : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(bits <= writtenMax)) return null;
  if (written === 4 || address.kind() === 'ipv6') return [address, bits];
  // An IPv4 address written in IPv6: its last 32 bits are the IPv4 address, and a range of it may not reach past them.
  return bits >= 96 ? [address, bits - 96] : null;
}

/** Node's own check first: it refuses leading zeros, short forms and numbers, which the parser would read. */
function parseAddress(text: string): Address | null {
  if (isIP(text) === 0 || text.includes('%')) return null;
  return ipaddr.process(text);
}

function format(address: Address): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
