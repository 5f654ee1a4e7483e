import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** The longest text of an address that is remembered. */
const addressCharactersMax = 64;

/**
 * Whether a text is an entry of a list of allowed addresses: an address, a CIDR range, an IPv4 address with a netmask, or one of
 * the panel's older forms: `first-last`, `address netmask`, `192.0.2.*`. IPv6 may stand in brackets. Blanks around the entry and
 * around the dash are ignored.
 *
 * Octal, hexadecimal, short and numeric forms, zones and ports are refused although some parsers accept them: `127.1` is not the
 * address that its author expects.
 */
export function isRange(entry: string): boolean {
  return parseRange(entry) !== null;
}

/** Whether ranges together include every address of an entry. IPv4 in IPv6 is IPv4. False for a text that is no entry. */
export function isRangeWithin(entry: string, ranges: readonly string[]): boolean {
  const wanted = parseRange(entry);
  if (!wanted) return false;
  const allowed = ranges.flatMap((range) => parseRange(range) ?? []).filter(({ bits }) => bits === wanted.bits);
  // The first address that no range has included so far.
  let next = wanted.first;
  for (const { first, last } of allowed.sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (first <= next && next <= last) next = last + 1n;
  }
  return next > wanted.last;
}

/** Whether an address is in one of the ranges. IPv4 and IPv6 are never compared. A text that is no address is in none. */
export function isAddressIn(address: string | null, ranges: readonly string[]): boolean {
  const client = parseAddress(address ?? '');
  if (!client) return false;
  return ranges.some((entry) => {
    const range = parseRange(entry);
    return range !== null && range.bits === client.bits && range.first <= client.value && client.value <= range.last;
  });
}

/** The canonical form of a single address; null for any other text. */
export function canonicalizeAddress(address: string): string | null {
  return readForms(address).canonical;
}

/** The network that rate limits count for an address: the address itself, or its /64 in IPv6, all of which one client can have. */
export function addressNetwork(address: string | null): string {
  return readForms(address ?? '').network;
}

type Forms = { readonly canonical: string | null; readonly network: string };

// A client sends many requests from one address, and each needs both forms.
const known = new LRUCache<string, Forms>({ max: 1_000 });

function readForms(address: string): Forms {
  const remembered = known.get(address);
  if (remembered) return remembered;
  const parsed = parseAddress(address);
  const canonical = parsed && formatAddress(parsed);
  const forms = { canonical, network: parsed && canonical ? networkOf(parsed, canonical) : 'unknown' };
  if (address.length <= addressCharactersMax) known.set(address, forms);
  return forms;
}

function networkOf({ bits, value }: Address, canonical: string): string {
  return bits === 32 ? canonical : `${formatAddress({ bits, value: network({ bits, value }, 64n).first })}/64`;
}

/** An address as a number of 32 or 128 bits. The number of bits is the family. */
type Address = { readonly bits: 32 | 128; readonly value: bigint };
type Range = { readonly bits: 32 | 128; readonly first: bigint; readonly last: bigint };

/** Two IPv6 addresses in brackets, with a dash and some blanks, are shorter. */
const entryCharactersMax = 128;

function parseRange(text: string): Range | null {
  if (text.length > entryCharactersMax) return null;
  const entry = text.trim();
  if (entry.includes('/')) return parseNetwork(entry.split('/'));
  if (entry.includes('*')) return parseEnds(entry.replaceAll('*', '0'), entry.replaceAll('*', '255'));
  const [first = '', last = first, ...rest] = entry.split('-').map((end) => end.trim());
  if (rest.length > 0) return null;
  return parseEnds(first, last) ?? parseNetmask(entry.split(/\s+/));
}

function parseEnds(firstText: string, lastText: string): Range | null {
  const first = parseAddress(firstText);
  const last = parseAddress(lastText);
  if (!first || !last || first.bits !== last.bits || first.value > last.value) return null;
  return { bits: first.bits, first: first.value, last: last.value };
}

function parseNetwork(parts: readonly string[]): Range | null {
  const [text = '', prefix = '', ...rest] = parts;
  if (!/^\d{1,3}$/.test(prefix)) return parseNetmask(parts);
  const address = parseAddress(text);
  if (!address || rest.length > 0) return null;
  // IPv4 in IPv6 has 32 bits after 96 fixed ones. A range must not include any of the fixed ones.
  const free = (isIP(text) === 4 ? 32 : 128) - Number(prefix);
  return free < 0 || free > address.bits ? null : network(address, BigInt(free));
}

function parseNetmask([text = '', maskText = '', ...rest]: readonly string[]): Range | null {
  const address = parseAddress(text);
  const mask = parseAddress(maskText);
  if (address?.bits !== 32 || mask?.bits !== 32 || rest.length > 0) return null;
  const hosts = 0xffff_ffffn ^ mask.value;
  const isContiguous = (hosts & (hosts + 1n)) === 0n;
  return isContiguous ? { bits: 32, first: address.value & mask.value, last: (address.value & mask.value) | hosts } : null;
}

function network({ bits, value }: Address, free: bigint): Range {
  const first = (value >> free) << free;
  return { bits, first, last: first + (1n << free) - 1n };
}

/** Node's check comes first: it refuses leading zeros, short forms and numbers, which ipaddr.js accepts. */
function parseAddress(entry: string): Address | null {
  const text = /^\[([\d:.a-f]*:[\d:.a-f]*)\]$/i.exec(entry)?.[1] ?? entry;
  if (isIP(text) === 0 || text.includes('%')) return null;
  const bytes = ipaddr.process(text).toByteArray();
  return { bits: bytes.length === 4 ? 32 : 128, value: BigInt(`0x${Buffer.from(bytes).toString('hex')}`) };
}

function formatAddress({ bits, value }: Address): string {
  const bytes = Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex');
  const address = ipaddr.fromByteArray([...bytes]);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
