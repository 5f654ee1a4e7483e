import { domainToASCII } from 'node:url';
import { canonicalizeAddress } from '../../net/addresses.ts';
import { nameCharactersMax, unitsMax } from '../input.ts';

const blanks = String.raw`[\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]`;
const blankBegin = new RegExp(`^${blanks}+`, 'u');
const blankEnd = new RegExp(`${blanks}+$`, 'u');

/** The form in which usernames are compared: without regard to case, composed. */
export function foldCase(value: string): string {
  // Composed again: some letters are composed in lower case only, as J and a caron are.
  return value.normalize('NFC').toLowerCase().normalize('NFC');
}

/**
 * The form in which e-mail addresses are compared: without regard to case, composed, the host in ASCII (UTS 46) or its
 * address in one spelling, so that all spellings of an internationalized address are one mailbox.
 */
export function foldEmail(value: string): string {
  const folded = foldCase(value);
  const at = folded.lastIndexOf('@');
  // The sigma at the end of a word is a form of the other one, and both have one capital. In a host they are two letters (UTS 46).
  const local = folded.slice(0, Math.max(at, 0)).replaceAll('ς', 'σ');
  return at < 0 ? folded : `${local}@${foldHost(folded.slice(at + 1))}`;
}

/**
 * The form in which a login is searched and counted: an e-mail address where it has an `@`, as on the panel, else a username;
 * without blanks and invisible characters around it. Too long a text is the login of no account.
 */
export function foldLogin(typed: string): string {
  if (typed.length > unitsMax(nameCharactersMax)) return '';
  const login = typed.replace(blankBegin, '').replace(blankEnd, '');
  return login.includes('@') ? foldEmail(login) : foldCase(login);
}

/** A host in ASCII. What is no host is left as it is. */
export function foldHost(host: string): string {
  const [, literal] = /^\[ipv6:(.*)\]$/i.exec(host) ?? [];
  if (literal !== undefined) return `[ipv6:${canonicalizeAddress(literal) ?? literal}]`;
  // Only a name outside of ASCII: in others, numbers would be read as an address.
  if (!/[^\p{ASCII}]/u.test(host)) return host;
  const ascii = domainToASCII(host);
  return ascii === '' || /^[\d.]+$/.test(ascii) ? host : ascii;
}
