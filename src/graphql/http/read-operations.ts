import { GraphQLError } from 'graphql';
import { limitExceeded } from '../schema/request-limits.ts';
import type { GraphqlRequest } from './context.ts';
import { badRequest, notAcceptable } from './errors.ts';
import { chooseMediaType } from './media-types.ts';

/** The operations of a request, as they were sent: one, or the list of a batch. */
export type Operations = { readonly sent: readonly unknown[]; readonly isBatch: boolean };

type Reader = (body: Buffer) => unknown;

/**
 * Chooses how a request is read, by its head alone. One that cannot be read or answered counts for the address.
 * @throws GraphQLError with a status; RateLimited.
 */
export async function chooseReader(request: GraphqlRequest): Promise<Reader> {
  return orCharge(request, () => {
    const read = findReader(request);
    if (chooseMediaType(request.header('accept')) === null) throw notAcceptable('The answer is JSON: send Accept: application/json.');
    return read;
  });
}

/**
 * Reads the operations of a request. One that cannot be read counts for the address.
 * @throws GraphQLError with a status; RateLimited.
 */
export async function readOperations(request: GraphqlRequest, read: Reader, batchSizeMax: number): Promise<Operations> {
  const body = request.method === 'POST' ? await request.readBody() : Buffer.alloc(0);
  return orCharge(request, () => {
    if (body === null) throw refused(413, 'Request body too large');
    return toOperations(read(body), batchSizeMax);
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const earlyBytesMax = 16 * 1024;

/**
 * Reads a short body before the credential is looked up, so that the account can be read together with the API key. Null for
 * any other request, and for a body that cannot be read, which is refused in its turn.
 */
export async function readEarly(request: GraphqlRequest, read: Reader, batchSizeMax: number): Promise<Operations | null> {
  const isShort = Number(request.header('content-length')) <= earlyBytesMax;
  if (request.method !== 'POST' || !isShort || !request.mayReadEarly()) return null;
  const body = await request.readBody();
  try {
    return body && toOperations(read(body), batchSizeMax);
  } catch {
    return null;
  }
}

/**
 * Refuses a request whose body did not arrive within its time. It counts for the address.
 * @throws GraphQLError with a status; RateLimited.
 */
export async function refuseLateBody(request: GraphqlRequest): Promise<never> {
  await request.chargeAddress();
  throw refused(408, 'The body of the request did not arrive in time.', { connection: 'close' });
}

async function orCharge<T>(request: GraphqlRequest, read: () => T): Promise<T> {
  try {
    return read();
  } catch (error) {
    await request.chargeAddress();
    throw error;
  }
}

/** A body is read by its type alone, and a form by none: a page of another site can send a form without a preflight. */
function findReader({ method, url, header }: GraphqlRequest): Reader {
  if (method === 'GET') return () => readParameters(url.searchParams);
  if (method !== 'POST') throw refused(405, 'GraphQL only supports GET and POST requests.', { allow: 'GET, POST' });
  const type = (header('content-type') ?? '').split(/[;,]/)[0]?.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'application/graphql+json') throw refused(415, 'Send the request as application/json.');
  const encoding = (header('content-encoding') ?? '').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity') {
    throw refused(415, 'Send the body without a content encoding.', { 'accept-encoding': 'identity' });
  }
  return readJson;
}

function readParameters(parameters: URLSearchParams): object {
  const read = (name: string) => parameters.get(name) || undefined;
  return {
    operationName: read('operationName'),
    query: read('query'),
    variables: readObject(read('variables')),
    extensions: readObject(read('extensions')),
  };
}

function readObject(text: string | undefined): unknown {
  try {
    return text && JSON.parse(text);
  } catch {
    throw badRequest('The variables or the extensions in the URL are not JSON.');
  }
}

function readJson(body: Buffer): unknown {
  try {
    // A byte order mark is no part of the text.
    return JSON.parse(utf8.decode(body));
  } catch {
    throw badRequest('POST body sent invalid JSON.');
  }
}

function toOperations(read: unknown, batchSizeMax: number): Operations {
  if (typeof read !== 'object' || read === null) {
    throw badRequest(`POST body is expected to be object but received ${read === null ? 'null' : typeof read}`);
  }
  if (!Array.isArray(read)) return { sent: [read], isBatch: false };
  if (read.length === 0) throw badRequest('A batch holds at least one operation.');
  if (batchSizeMax > 0 && read.length > batchSizeMax) throw limitExceeded('batch size', read.length, batchSizeMax);
  return { sent: read, isBatch: true };
}

function refused(status: number, message: string, headers: Readonly<Record<string, string>> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers } } });
}
