import { readFileSync } from 'node:fs';

/** One exchange observed on a running panel. */
export type Exchange = {
  n: number;
  name: string;
  method: string;
  path: string;
  who: string | null;
  accept: string | null;
  type: string | null;
  body: string | null;
  status: number;
  response: string;
  headers: Record<string, string>;
};

export function readExchanges(): Exchange[] {
  const text = readFileSync(new URL('panel.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Why an exchange does not apply here; null where it does. */
export function notApplicable({ n, path, who, name }: Exchange): string | null {
  if (!path.startsWith('/api/client')) return 'sign-in of the panel and its cookies: not part of the documented account paths';
  if (who === 'cookie') return 'a cookie of the panel with its CSRF token';
  if (name === 'app key on client') return 'the gateway has no application keys';
  if (n === 31 || n === 32 || n === 33) return 'an invalid address cannot be stored';
  if (n === 35) return 'a stored secret that does not decrypt: secrets are hashed';
  if (n >= 319 && n <= 324) return 'the CSRF check of a browser on the panel, which requires a token beside a key';
  if (n >= 295 && n <= 300) return "the panel's setting that requires two-factor authentication";
  return null;
}

const alwaysJson = 'errors under /api/ are always JSON';
const noFault = 'where the panel fails with 500, the answer is 422';
const noWeakPasswords = 'a password that is easy to guess is not accepted';
const noNumbers = 'numeric, octal, hexadecimal and short forms are refused: 127.1 is another address than its author expects';

/** The exchanges with another answer of the gateway, and why it is safer or clearer. */
export const deviations: Readonly<Record<number, string>> = {
  2: alwaysJson,
  3: alwaysJson,
  4: alwaysJson,
  10: 'identifiers are case-sensitive',
  11: 'the scheme of a credential has no case (RFC 9110 §11.1)',
  18: alwaysJson,
  26: alwaysJson,
  40: 'a GET has no body (RFC 9110 §9.3.1), so none is read',
  41: alwaysJson,
  65: 'a comment is not part of an address that mail is sent to (RFC 5321 §4.1.2)',
  66: noFault,
  68: alwaysJson,
  69: alwaysJson,
  76: 'current_password is not trimmed: a password with blanks at its ends can be changed',
  78: noWeakPasswords,
  79: 'a password is never truncated: its first 72 bytes are not accepted',
  80: alwaysJson,
  81: alwaysJson,
  97: 'a list written as an object is stored as a list',
  98: 'a list written as an object is stored as a list',
  99: noNumbers,
  101: noFault,
  102: 'one rule is reported where another follows from it',
  106: noFault,
  109: noNumbers,
  110: noNumbers,
  116: "the panel reads '*' as the range 0.0.0.0-0.0.0.255",
  118: noNumbers,
  122: 'a list that is too long is refused before its entries are checked',
  135: 'a duplicate is searched for after the other rules',
  142: 'of several keys in one text, the panel drops all but the first',
  145: 'JWK is not a form of SSH keys',
  146: noFault,
  151: alwaysJson,
  153: alwaysJson,
  155: 'identifiers are case-sensitive',
  176: noFault,
  186: alwaysJson,
  187: alwaysJson,
  190: alwaysJson,
  191: 'a code is accepted once (RFC 6238 §5.2)',
  192: 'a code is accepted within one step of the present time, not four',
  212: 'the gateway has no servers, so the map of permissions is empty',
  268: noWeakPasswords,
  270: noWeakPasswords,
  271: noWeakPasswords,
  275: alwaysJson,
  308: alwaysJson,
  312: alwaysJson,
};

type Json = Record<string, unknown>;

/** An answer without the values that differ from run to run. */
export function normalize(text: string): unknown {
  if (text === '') return '';
  return mask(JSON.parse(text));
}

const volatile: Readonly<Record<string, RegExp>> = {
  identifier: /^ptlc_[A-Za-z0-9]{11}$/,
  secret_token: /^[A-Za-z0-9]{32}$/,
  secret: /^[A-Z2-7]{32}$/,
  created_at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/,
  last_used_at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/,
  uuid: /^[0-9a-f-]{36}$/,
  id: /^[0-9a-f]{40}$/,
  image_url_data: /^otpauth:\/\/totp\/[^?]+\?secret=[A-Z2-7]{32}&issuer=\w+$/,
};

function mask(value: unknown, key = ''): unknown {
  if (key === 'tokens' && Array.isArray(value)) return `${value.length} tokens`;
  if (key === 'pagination') return maskPagination(value as Json);
  if (key === 'data' && Array.isArray(value)) return [...new Set(value.map((item) => shapeOf(item)))];
  if (Array.isArray(value)) return value.map((item) => mask(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mask(inner, name)]));
  }
  return typeof value === 'string' && volatile[key]?.test(value) ? `<${key}>` : value;
}

/** The numbers differ from run to run, their names do not. */
function maskPagination({ links, per_page, current_page, ...counts }: Json): Json {
  return { per_page, current_page, counts: Object.keys(counts), links: Array.isArray(links) ? 'list' : 'object' };
}

function shapeOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return typeof item;
  const { object, attributes, ...rest } = item as Json;
  return JSON.stringify([object, Object.keys(attributes as Json), Object.keys(rest)]);
}
