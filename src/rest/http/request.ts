import { BadRequest, failure, invalidInput, malformed } from './errors.ts';
import { readForm } from './form.ts';
import { validationError } from './validation.ts';

/** The fields of a request, from its query and its body, as the panel reads them. */
export type Fields = Readonly<Record<string, unknown>>;

/** Where the fields of a request are read from. */
export type RequestBody = {
  readonly url: URL;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
  /** The body; null when it has more bytes than are accepted. */
  readBody(): Promise<Buffer | null>;
};

export const bodyTooLarge = new BadRequest(
  'BodyTooLarge',
  failure(413, 'PostTooLargeException', 'The request body is larger than 256 KiB.'),
);
export const encodedBody = new BadRequest('EncodedBody', {
  ...failure(415, 'UnsupportedMediaTypeHttpException', 'Send the body without a content encoding.'),
  headers: { 'accept-encoding': 'identity' },
});
export const malformedBody = new BadRequest('MalformedBody', malformed('Syntax error'));
const malformedEncoding = new BadRequest('MalformedBody', malformed('Malformed UTF-8 characters, possibly incorrectly encoded'));
const nestedTooDeep = new BadRequest('MalformedBody', malformed('Maximum stack depth exceeded'));

const depthMax = 512;
/** Longer than any text of an input. Such a text is left as it is, and the input refuses it. */
const textUnitsMax = 20_000;
const parameterUnitsMax = 1_024;
/** A password is not trimmed. */
const untrimmed = new Set(['password', 'password_confirmation', 'current_password']);

/**
 * Reads the fields of a request: those of the body replace those of the query. Strings are trimmed, except passwords;
 * an empty string is null.
 * @throws BadRequest.
 */
export async function readFields(request: RequestBody): Promise<Fields> {
  const query = readForm(request.url.search);
  const body = await parseBody(request);
  return Object.freeze(Object.assign(Object.create(null), clean(query, ''), clean(body, '')));
}

/**
 * Refuses query parameters that are too long, before anything splits or matches them.
 * @throws BadRequest.
 */
export function assertShort(fields: Fields, names: readonly string[]): void {
  const long = names.filter((name) => JSON.stringify(fields[name] ?? null).length > parameterUnitsMax);
  const detail = (name: string) => `The ${name} may not be greater than ${parameterUnitsMax} characters.`;
  if (long.length === 0) return;
  throw new BadRequest('InvalidInput', invalidInput(long.map((name) => validationError(name, 'max', detail(name)))));
}

async function parseBody(request: RequestBody): Promise<unknown> {
  const bytes = await request.readBody();
  if (bytes === null) throw bodyTooLarge;
  if (bytes.length === 0) return {};
  const encoding = (request.header('content-encoding') ?? '').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity') throw encodedBody;
  const type = request.header('content-type')?.toLowerCase() ?? '';
  if (type.includes('/json') || type.includes('+json')) return parseJson(bytes);
  if (type.startsWith('application/x-www-form-urlencoded')) return readForm(new TextDecoder().decode(bytes));
  return {};
}

function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformedEncoding;
  }
  if (text.trim() === '') return {};
  if (nests(text, depthMax)) throw nestedTooDeep;
  try {
    return JSON.parse(text);
  } catch {
    throw malformedBody;
  }
}

/** Whether JSON nests deeper than a limit. The time is linear in its length: a body can be hostile. */
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
  if (typeof value === 'string' && value.length > textUnitsMax) return value;
  if (typeof value === 'string') return (untrimmed.has(name) ? value : value.trim()) || null;
  if (Array.isArray(value)) return name === '' ? {} : value.map((item) => clean(item, `${name}.`));
  if (typeof value !== 'object' || value === null) return name === '' ? {} : value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item, key)]));
}

/** A password as a string: the panel accepts a number for the password with its digits. */
export function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** The values of an object as a list: some languages write a list with gaps as an object. */
export function asList(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : value;
}

/** The entries of a comma list that are not empty. A list with any keys is read as one. */
export function readCommaList(value: unknown): string[] {
  const texts = [asList(value)].flat().filter((entry) => typeof entry === 'string');
  return texts.flatMap((text) => text.split(',')).filter((entry) => entry !== '');
}
