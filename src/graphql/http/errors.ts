import { PothosValidationError } from '@pothos/core';
import { GraphQLError, type GraphQLErrorOptions, type GraphQLFormattedError } from 'graphql';
import { isRefusal } from '../../account/operations.ts';
import { Overloaded, RateLimited } from '../../account/refusals.ts';
import { hideValues } from './hide-values.ts';
import { eventStream, graphqlResponse, json } from './media-types.ts';

/** The HTTP status of refusals that are no member of a result type. */
const statuses: Readonly<Record<string, number>> = {
  Unauthenticated: 401,
  AddressNotAllowed: 403,
  CrossSite: 403,
  SessionRequired: 200,
};

/** What the answer says of a fault: the id of the request that it is logged with, and when to retry, if that is known. */
export type ReportedFault = { readonly correlationId: string; readonly retryAfterSeconds: number | null };

/**
 * What the caller may see of an error: a refusal with its code and HTTP status, their own mistake as it is, and of a
 * fault of ours an id to name it by.
 */
export function maskError(error: unknown, report: (fault: unknown) => ReportedFault): GraphQLError {
  const original = originalOf(error);
  const place = placeOf(error);
  if (original instanceof RateLimited) return asRetryLater(original, place, 429);
  if (original instanceof Overloaded) return asRetryLater(original, place, 503);
  if (isRefusal(original)) {
    const status = statuses[original.name] ?? 500;
    // RFC 9110 §15.5.2: 401 names the scheme.
    const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
    return new GraphQLError(original.message, { ...place, extensions: { code: original.code, http: { status, headers } } });
  }
  // The outermost says the most: which variable, and where in it.
  if (original instanceof GraphQLError) return asBadRequest(error instanceof GraphQLError ? error : original);
  if (original instanceof PothosValidationError) return asBadRequest(new GraphQLError(original.message, place));
  if (isNestedTooDeep(original)) return badRequest('The document is nested too deeply.');
  const { correlationId, retryAfterSeconds } = report(original);
  if (retryAfterSeconds === null) {
    return new GraphQLError('An internal error occurred. The log names it by the correlation id.', {
      ...place,
      extensions: { code: 'INTERNAL', correlationId, http: { status: 500 } },
    });
  }
  const http = { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } };
  return new GraphQLError(`The service is unavailable. Retry in ${retryAfterSeconds} seconds.`, {
    ...place,
    extensions: { code: 'UNAVAILABLE', correlationId, http },
  });
}

/** Where in the answer and in the document an error belongs. */
function placeOf(error: unknown): Pick<GraphQLErrorOptions, 'path' | 'nodes'> {
  return error instanceof GraphQLError ? { path: error.path ?? null, nodes: error.nodes ?? null } : {};
}

function asRetryLater(
  { message, code, retryAfterSeconds }: RateLimited | Overloaded,
  place: ReturnType<typeof placeOf>,
  status: 429 | 503,
): GraphQLError {
  const http = { status, headers: { 'retry-after': String(retryAfterSeconds) } };
  return new GraphQLError(message, { ...place, extensions: { code, retryAfterSeconds, http } });
}

/** What the caller got wrong about a request, in words for them. */
export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}

const answered = [json, graphqlResponse, eventStream].join(', ');

/** The answer cannot be given in any form that the caller reads. */
export function notAcceptable(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406, headers: { accept: answered } } } });
}

/** In the words that clients of automatic persisted queries wait for, to send the document beside its hash. */
export function persistedQueryNotFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 404, spec: true } },
  });
}

/**
 * The HTTP status and headers that errors are answered with.
 * @param isStrict whether the faults of a document have a status; where plain JSON is accepted they have none.
 */
export function describeErrors(errors: readonly GraphQLError[] = [], isStrict: boolean) {
  const all = errors.flatMap(({ extensions: { http } }) => (http && (isStrict || !http.spec) ? [http] : []));
  const headers: Record<string, string> = Object.assign({}, ...all.map((http) => http.headers));
  return { status: Math.max(200, ...all.map(({ status }) => status ?? 200)), headers };
}

/** An error as it is sent: without its HTTP status and headers. */
export function hideInternals(error: GraphQLError): GraphQLFormattedError {
  const { extensions = {}, ...rest } = error.toJSON();
  const { http: _http, ...kept } = extensions;
  return Object.keys(kept).length === 0 ? rest : { ...rest, extensions: kept };
}

/** A fault of the document or of a variable. */
function asBadRequest(error: GraphQLError): GraphQLError {
  const { code, limit } = error.extensions;
  error.message = cut(hideValues(error.message));
  // A document that costs too much has a status where plain JSON is accepted, too.
  if (limit !== undefined || abandoned.test(error.message)) Object.assign(error.extensions, { http: { status: 400 } });
  if (typeof code !== 'string' || serverCodes.test(code)) Object.assign(error.extensions, { code: 'BAD_REQUEST' });
  return error;
}

/** A hundred errors that each repeat a name or a value of fifty thousand characters are an answer of megabytes. */
function cut(message: string): string {
  return message.length > messageCharactersMax ? `${message.slice(0, messageCharactersMax)}…` : message;
}

const messageCharactersMax = 500;

/** In the words of the validator, when a document is too much for it. */
const abandoned = /^(?:Maximum introspection depth exceeded|Validation aborted\.)$/;

/** What Yoga calls a document or a variable that is at fault. */
const serverCodes = /^(?:GRAPHQL_.*|BAD_USER_INPUT|OPERATION_RESOLUTION_FAILURE)$/;

/** The parser recurses as deep as a document nests, and nothing else here recurses by what a caller sends. */
function isNestedTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originalOf(error.originalError) : error;
}
