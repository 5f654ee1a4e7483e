import type { Actor } from '../../account/actor.ts';
import { isRefusal } from '../../account/operations.ts';
import { Unauthenticated } from '../../account/refusals.ts';
import type { RestDialect } from '../../config/config.ts';
import type { Spent } from '../../rate-limits/budget.ts';
import { type Answer, respond } from './answer.ts';
import { BadRequest, fault, refuse, tooManyRequests, unavailable } from './errors.ts';
import { findRoutes, type Match, unknownRoute, wrongMethod } from './find-route.ts';
import { type Fields, type RequestBody, readFields } from './request.ts';
import type { Route } from './route.ts';

/** The part of a request that the REST API uses. */
export type RestRequest = RequestBody & {
  readonly method: string;
  /** The actor that the credential identifies; null without a credential. */
  identify(): Promise<Actor | null>;
  /** Counts the request for its actor; null where requests are not limited. */
  count(actor: Actor): Promise<Spent | null>;
};

/** An answer as it is sent: `body` is JSON, or null where there is none. */
export type RestAnswer = ReturnType<typeof respond>;

/** Whether a path belongs to the REST API. Every answer under /api is in its format, errors included. */
export function isRestPath(pathname: string): boolean {
  return pathname === '/api' || pathname.startsWith('/api/');
}

/**
 * Answers a request to the panel's paths, with the panel's order of checks: route, credential, body, rate limit.
 * @throws faults, which the server masks.
 */
export async function answerRest(request: RestRequest, dialect: RestDialect): Promise<RestAnswer> {
  const pathname = withoutTrailingSlashes(request.url.pathname);
  const matches = findRoutes(pathname);
  if (matches.length === 0) return respond(unknownRoute(pathname));
  const reading = readOnce(() => readFields(request));
  const method = await meantMethod(request, reading);
  const match = matches.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
  if (!match) return respond(wrongMethod(method, pathname, matches));
  return respond(await run(match, request, reading, dialect));
}

/** A loop, because a pattern takes quadratic time on a path of many slashes. */
function withoutTrailingSlashes(pathname: string): string {
  let end = pathname.length;
  while (pathname[end - 1] === '/') end -= 1;
  return pathname.slice(0, end);
}

async function run(match: Match, request: RestRequest, reading: () => Promise<Fields>, dialect: RestDialect): Promise<Answer> {
  const { route, parameter } = match;
  let headers: Record<string, string> = {};
  try {
    const actor = await request.identify();
    if (!actor) throw new Unauthenticated();
    const fields = await reading();
    const spent = await request.count(actor);
    headers = rateHeaders(spent);
    if (spent && !spent.isWithin) return { ...tooManyRequests, headers };
    const act = request.method === 'HEAD' ? (route.head ?? route.run) : route.run;
    const body = await act({ actor, fields, url: request.url, parameter, dialect });
    return body === undefined ? { status: 204, headers } : { status: 200, body, headers };
  } catch (error) {
    const answer = refuseOrThrow(error, route);
    return { ...answer, headers: { ...headers, ...answer.headers } };
  }
}

function refuseOrThrow(error: unknown, { wording, ignores = [] }: Route): Answer {
  if (ignores.some((refusal) => error instanceof refusal)) return { status: 204 };
  if (isRefusal(error)) return refuse(error, wording);
  if (error instanceof BadRequest) return error.answer;
  throw error;
}

/** The panel's rate limit headers; above the limit, with the time to retry. */
function rateHeaders(spent: Spent | null): Record<string, string> {
  if (!spent) return {};
  const { limit, remaining, resetSeconds, isWithin } = spent;
  const headers = { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(remaining) };
  if (isWithin) return headers;
  const reset = Math.ceil(Date.now() / 1000) + resetSeconds;
  return { ...headers, 'retry-after': String(resetSeconds), 'x-ratelimit-reset': String(reset) };
}

/** The method of a request. A header or a field can replace POST, for clients that can only send POST. */
async function meantMethod(request: RestRequest, reading: () => Promise<Fields>): Promise<string> {
  if (request.method !== 'POST') return request.method;
  const fields: Fields = await reading().catch(() => ({}));
  const meant = request.header('x-http-method-override') ?? fields['_method'];
  return typeof meant === 'string' && /^(?:PUT|PATCH|DELETE)$/i.test(meant) ? meant.toUpperCase() : 'POST';
}

function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}

/**
 * The answer to a fault. It has the id in the log and nothing else of the fault.
 * @param retryAfterSeconds null where a retry is not known to help.
 */
export function maskedFault(correlationId: string, retryAfterSeconds: number | null): RestAnswer {
  const headers = { 'x-correlation-id': correlationId };
  if (retryAfterSeconds === null) return respond({ ...fault, headers });
  return respond({ ...unavailable, headers: { ...headers, 'retry-after': String(retryAfterSeconds) } });
}
