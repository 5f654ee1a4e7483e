import type { Actor } from '../../account/actor.ts';
import { isRefusal } from '../../account/operations.ts';
import { Unauthenticated } from '../../account/refusals.ts';
import type { ViewerPlan } from '../../account/viewer.ts';
import type { RestDialect } from '../../config/config.ts';
import type { Spent } from '../../rate-limits/budget.ts';
import { type Answer, respond } from './answer.ts';
import { BadRequest, fault, refuse, tooManyRequests, unavailable } from './errors.ts';
import { findRoutes, type Match, unknownRoute, wrongMethod } from './find-route.ts';
import { readForm } from './form.ts';
import { operationId } from './openapi.ts';
import { assertShort, type Fields, type RequestBody, readFields } from './request.ts';
import type { Call, Route } from './route.ts';

/** The part of a request that the REST API uses. */
export type RestRequest = RequestBody & {
  readonly method: string;
  /**
   * Finds the actor of the credential, null without one, and counts the request for the account; without one for the address.
   * @param plan parts of the account to read together with an API key, for a request that changes nothing.
   * @throws refusals of the credential; RateLimited for an address.
   */
  admit(plan: ViewerPlan | null): Promise<{ readonly actor: Actor | null; readonly spent: Spent | null }>;
  /** Counts the request for the address instead. @throws RateLimited */
  chargeAddress(): Promise<void>;
  /** Notes what the log says of the request. */
  note(fact: { readonly path?: string; readonly operation?: string; readonly outcome?: string }): void;
  /** Sets the cookie that marks a browser which signed in. */
  setDeviceCookie(token: string, expiresAt: Date): void;
};

/** How the API answers: its dialect, and the URL by which clients reach what a request names. */
export type RestOptions = { readonly dialect: RestDialect; toPublicUrl(url: URL): URL };

/** An answer as it is sent: `body` is JSON, or null where there is none. */
export type RestAnswer = ReturnType<typeof respond>;

/** Whether a path belongs to the REST API. Every answer under /api is in its format, errors included. */
export function isRestPath(pathname: string): boolean {
  return pathname === '/api' || pathname.startsWith('/api/');
}

/**
 * Answers a request to the panel's paths: path, method, credential, rate limit, body. What the panel does not count counts
 * for the address: a path, a method or a body that is refused, and a wrong credential.
 * @throws faults, which the server masks.
 */
export async function answerRest(request: RestRequest, options: RestOptions): Promise<RestAnswer> {
  return respond(await answer(request, options).catch((error) => refuseOrThrow(request, error)));
}

async function answer(request: RestRequest, { dialect, toPublicUrl }: RestOptions): Promise<Answer> {
  const pathname = withoutTrailingSlashes(request.url.pathname);
  const matches = findRoutes(pathname);
  if (matches.length === 0) return charge(request, unknownRoute(pathname));
  const stated = meantMethod(request, readForm(request.url.search));
  const statedMatch = findMatch(matches, stated);
  const isStated = statedMatch !== undefined;
  const path = (statedMatch ?? matches[0])?.route.path;
  if (path !== undefined) request.note({ path: `/api/client${path}` });
  const refuseMethod = (method: string) => charge(request, wrongMethod(method, pathname, matches));
  if (!isStated && stated !== 'POST') return refuseMethod(stated);
  const admitted = await admit(request, statedMatch?.route.plan ?? null).catch((error) => {
    if (isStated || !(error instanceof Unauthenticated)) throw error;
    return null;
  });
  // The body could name the method of another route, and is read for a caller with a credential only.
  if (!admitted) return refuseMethod(stated);
  const { actor, spent } = admitted;
  const headers = rateHeaders(spent);
  if (spent && !spent.isWithin) return { ...tooManyRequests, headers };
  const fields = await readFields(request).catch(async (error) => {
    if (error instanceof BadRequest) await request.chargeAddress();
    throw error;
  });
  const method = meantMethod(request, fields);
  const match = findMatch(matches, method);
  if (!match) return refuseMethod(method);
  request.note({ operation: match.route.name ?? operationId(match.route) });
  const keepDevice = request.setDeviceCookie;
  const call = { actor, fields, url: toPublicUrl(request.url), parameter: match.parameter, dialect, keepDevice };
  const answered = await run(match.route, call, request.method === 'HEAD').catch((error) => refuseOrThrow(request, error, match.route));
  return { ...answered, headers: { ...headers, ...answered.headers } };
}

/** An answer that no account pays for. */
async function charge(request: RestRequest, answer: Answer): Promise<Answer> {
  await request.chargeAddress();
  return answer;
}

async function admit(request: RestRequest, plan: ViewerPlan | null) {
  const { actor, spent } = await request.admit(plan);
  if (!actor) throw new Unauthenticated();
  return { actor, spent };
}

function findMatch(matches: readonly Match[], method: string): Match | undefined {
  return matches.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method));
}

/** A loop, because a pattern takes quadratic time on a path of many slashes. */
function withoutTrailingSlashes(pathname: string): string {
  let end = pathname.length;
  while (pathname[end - 1] === '/') end -= 1;
  return pathname.slice(0, end);
}

async function run(route: Route, call: Call, isHead: boolean): Promise<Answer> {
  assertShort(call.fields, parametersOf(route));
  if (isHead && route.head) {
    await route.head(call);
    // RFC 9110 §8.6: a length would have to be that of the body of GET.
    return { status: 200, headers: { 'content-type': 'application/json' } };
  }
  const body = await route.run(call);
  return body === undefined ? { status: 204 } : { status: 200, body };
}

/** The names of the query parameters: `filter` of `filter[event]`. */
function parametersOf({ query = {} }: Route): string[] {
  return Object.keys(query).map((name) => name.replace(/\[.*/, ''));
}

function refuseOrThrow(request: RestRequest, error: unknown, { wording, ignores = [] }: Pick<Route, 'wording' | 'ignores'> = {}): Answer {
  if (ignores.some((refusal) => error instanceof refusal)) return { status: 204 };
  if (isRefusal(error)) request.note({ outcome: error.code });
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
  // Never later than now and Retry-After, in whole seconds: a client that waits for it has waited long enough.
  const reset = Math.floor(Date.now() / 1000) + resetSeconds;
  return { ...headers, 'retry-after': String(resetSeconds), 'x-ratelimit-reset': String(reset) };
}

/** The method of a request. A header or a field can replace POST, for clients that can only send POST. */
function meantMethod({ method, header }: RestRequest, fields: Fields): string {
  if (method !== 'POST') return method;
  const meant = header('x-http-method-override') ?? fields['_method'];
  return typeof meant === 'string' && /^(?:PUT|PATCH|DELETE)$/i.test(meant) ? meant.toUpperCase() : 'POST';
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
