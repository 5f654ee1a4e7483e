import { PothosValidationError } from '@pothos/core';
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import {
  CodeAlreadyUsed,
  type InputIssue,
  InvalidInput,
  isRefusal,
  Overloaded,
  RateLimited,
  type Refusal,
  refusals,
} from '../../account/refusals.ts';
import { builder } from './builder.ts';

const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description: 'An answer given on purpose instead of the payload. Decide by the type or by `code`; show `message`.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'A sentence for people.' }),
    code: t.exposeString('code', { description: 'Stable, UPPER_SNAKE; the same for the same reason for ever.' }),
  }),
});

const InputIssueType = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One rule that an input broke.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'Path of the input field, dotted into lists: `email`, `allowedIps.0`.' }),
    rule: t.exposeString('rule', { description: 'Name of the rule: `required`, `min`, `max`, `email`, `unique`, …' }),
    message: t.exposeString('message', { description: 'A sentence for people.' }),
  }),
});

/** Every refusal of the one list becomes a type; those with data of their own say so here. */
for (const refusal of refusals) {
  if (refusal === InvalidInput || refusal === CodeAlreadyUsed || refusal === RateLimited || refusal === Overloaded) continue;
  builder.objectType(refusal, { name: refusal.name, interfaces: [ErrorInterface], description: describe(refusal.name) });
}

builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'The input breaks rules; nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueType],
      description: 'Every rule that is broken, in the order of the fields.',
      resolve: ({ issues }) => [...issues],
    }),
  }),
});

builder.objectType(CodeAlreadyUsed, {
  name: 'CodeAlreadyUsed',
  description: 'The code is right but was accepted before; a code opens once.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ waitSeconds: t.exposeInt('waitSeconds', { description: 'Seconds until the authenticator shows another code.' }) }),
});

builder.objectType(RateLimited, {
  name: 'RateLimited',
  description: 'Too many attempts; nothing was tried.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ retryAfterSeconds: t.exposeInt('retryAfterSeconds', { description: 'Seconds until another attempt is allowed.' }) }),
});

builder.objectType(Overloaded, {
  name: 'Overloaded',
  description: 'Too many passwords are being checked at this moment; nothing was tried.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ retryAfterSeconds: t.exposeInt('retryAfterSeconds', { description: 'Seconds until there is hope again.' }) }),
});

function describe(name: string): string {
  const words: Readonly<Record<string, string>> = {
    IncorrectPassword: 'The password is not the one of this account.',
    InvalidCredentials: 'No account matches the login and the password, or the challenge is unknown, spent or expired.',
    InvalidCode: 'The code is not one that the authenticator shows within a step of now.',
    TwoFactorAlreadyEnabled: 'Two-factor authentication is on already.',
    TwoFactorNotEnabled: 'Two-factor authentication is off.',
    TwoFactorSetupMissing: 'No secret waits to be confirmed, or it has expired: read `twoFactorSetup` again.',
    ApiKeyLimitReached: 'The account has as many API keys as it may.',
    SshKeyLimitReached: 'The account has as many SSH keys as it may.',
    SshKeyAlreadyAdded: 'The SSH key is on the account already.',
    NotFound: "There is no such thing on this account; somebody else's looks the same.",
  };
  return words[name] ?? '';
}

/** What the server knows of a fault once it is logged: the id it is logged under, and when it passes, if that is known. */
export type ReportedFault = { readonly correlationId: string; readonly retryAfterSeconds: number | null };

/**
 * What the caller may see of an error: a refusal with its code and HTTP status, their own mistake as it is, and of a
 * fault of ours an id to name it by.
 */
export function maskError(error: unknown, report: (fault: unknown) => ReportedFault): GraphQLError {
  const original = originalOf(error);
  const place = placeOf(error);
  if (original instanceof RateLimited) return asRateLimited(original, place);
  if (isRefusal(original))
    return new GraphQLError(original.message, { ...place, extensions: { code: original.code, http: { status: original.status } } });
  // The outermost says the most: which variable, and where in it.
  if (original instanceof GraphQLError) return asBadRequest(error instanceof GraphQLError ? error : original);
  if (original instanceof PothosValidationError) return asBadRequest(new GraphQLError(original.message, place));
  if (isNestedTooDeep(original)) return badRequest('The document is nested too deeply.');
  const { correlationId, retryAfterSeconds } = report(original);
  if (retryAfterSeconds === null) {
    return new GraphQLError('Something went wrong on our side.', {
      ...place,
      extensions: { code: 'INTERNAL', correlationId, http: { status: 500 } },
    });
  }
  const http = { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } };
  return new GraphQLError('The service is away for a moment; try again.', {
    ...place,
    extensions: { code: 'UNAVAILABLE', correlationId, http },
  });
}

/** Where in the answer and in the document an error belongs. */
function placeOf(error: unknown): Pick<GraphQLErrorOptions, 'path' | 'nodes'> {
  return error instanceof GraphQLError ? { path: error.path ?? null, nodes: error.nodes ?? null } : {};
}

function asRateLimited({ message, code, status, retryAfterSeconds }: RateLimited, place: ReturnType<typeof placeOf>): GraphQLError {
  const http = { status, headers: { 'retry-after': String(retryAfterSeconds) } };
  return new GraphQLError(message, { ...place, extensions: { code, retryAfterSeconds, http } });
}

/** What the caller got wrong about a request, in words for them. */
export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}

/** The answer cannot be given in any form that the caller reads. */
export function notAcceptable(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } });
}

/** In the words that clients of automatic persisted queries wait for, to send the document beside its hash. */
export function persistedQueryNotFound(): GraphQLError {
  return new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', http: { status: 404, spec: true } },
  });
}

/**
 * The HTTP status and headers that errors would be answered with alone.
 * @param isStrict whether a document's own fault has a status, too; where plain JSON is read it has none.
 */
export function describeAnswer(errors: readonly GraphQLError[] = [], isStrict: boolean) {
  const all = errors.flatMap(({ extensions: { http } }) => (http && (isStrict || !http.spec) ? [http] : []));
  const headers: Record<string, string> = Object.assign({}, ...all.map((http) => http.headers));
  return { status: Math.max(200, ...all.map(({ status }) => status ?? 200)), headers };
}

/** A document or a variable that is not what the schema asks for. */
export function asBadRequest(error: GraphQLError): GraphQLError {
  const { code, limit } = error.extensions;
  error.message = cut(error.message);
  // The server lets what the document is at fault for pass as 200 where plain JSON is read; not what would cost too much.
  if (limit !== undefined || abandoned.test(error.message)) Object.assign(error.extensions, { http: { status: 400 } });
  if (typeof code === 'string' && !serverCodes.test(code)) return error;
  Object.assign(error.extensions, { code: 'BAD_REQUEST' });
  // A body that no JSON parser reads: 400 whatever the caller accepts, and not in the words of the parser.
  if ('originalError' in error.extensions) Object.assign(error.extensions, { http: { status: 400 } });
  delete error.extensions['originalError'];
  return error;
}

/** A hundred errors that each repeat a name or a value of fifty thousand characters are an answer of megabytes. */
function cut(message: string): string {
  return message.length > messageCharactersMax ? `${message.slice(0, messageCharactersMax)}…` : message;
}

const messageCharactersMax = 500;

/** In the words of the validator, when a document is too much for it. */
const abandoned = /^(?:Maximum introspection depth exceeded|Validation aborted\.)$/;

/** The server's own names for a request that it cannot read; ours is one. */
const serverCodes = /^(?:GRAPHQL_.*|BAD_REQUEST|BAD_USER_INPUT|OPERATION_RESOLUTION_FAILURE|REQUEST_ENTITY_TOO_LARGE)$/;

/** The parser recurses as deep as a document nests, and nothing else here recurses by what a caller sends. */
function isNestedTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

function originalOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? originalOf(error.originalError) : error;
}
