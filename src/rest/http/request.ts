import { readForm } from './form.ts';

/** The fields of a request, from its query and its body, as the panel reads them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a body can be that is not read: the panel's words follow. */
export class MalformedBody extends Error {
  override readonly name = 'MalformedBody';
}

/** More bytes than a body may have. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** Where the fields of a request are read from. */
export type RequestBody = {
  readonly url: URL;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The body; null when it has more bytes than are accepted. */
  readBody(): Promise<Buffer | null>;
};

const depthMax = 512;
/** Passwords are what was typed, blanks and all. */
const untrimmed = new Set(['password', 'password_confirmation', 'current_password']);

/**
 * Reads the fields of a request: query first, the body over it. Strings are trimmed except passwords, and empty is null.
 * @throws MalformedBody, BodyTooLarge.
 */
export async function readFields(request: RequestBody): Promise<Fields> {
  const query = readForm(request.url.search);
  const body = await parseBody(request);
  return Object.freeze(Object.assign(Object.create(null), clean(query, ''), clean(body, '')));
}

async function parseBody(request: RequestBody): Promise<unknown> {
  const bytes = await request.readBody();
  if (bytes === null) throw new BodyTooLarge();
  if (bytes.length === 0) return {};
  const type = request.header('content-type')?.toLowerCase() ?? '';
  if (type.includes('/json') || type.includes('+json')) return parseJson(bytes);
  if (type.startsWith('application/x-www-form-urlencoded')) return readForm(bytes.toString('utf8'));
  return {};
}

/** The panel tells bad encoding from bad syntax, and refuses what nests deeper than 512. */
function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new MalformedBody('Malformed UTF-8 characters, possibly incorrectly encoded');
  }
  if (text.trim() === '') return {};
  if (nests(text, depthMax)) throw new MalformedBody('Maximum stack depth exceeded');
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedBody('Syntax error');
  }
}

/** Brackets in strings do not nest. Looks at each character once: a body may be hostile. */
function nests(text: string, most: number): boolean {
  let depth = 0;
  let isInString = false;
  for (const [token] of text.matchAll(/\\.|["[\]{}]/gs)) {
    if (token === '"') isInString = !isInString;
    else if (!isInString && token.length === 1) depth += token === '[' || token === '{' ? 1 : -1;
    if (depth > most) return true;
  }
  return false;
}

function clean(value: unknown, name: string): unknown {
  if (typeof value === 'string') return (untrimmed.has(name) ? value : value.trim()) || null;
  if (Array.isArray(value)) return name === '' ? {} : value.map((item) => clean(item, `${name}.`));
  if (typeof value !== 'object' || value === null) return name === '' ? {} : value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item, key)]));
}

/** Compared as text: the panel takes a number for the password that looks like it. */
export function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** A list that was written as an object, as some languages do with a list that has gaps. */
export function asList(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : value;
}
