import { isRefusal, Unauthenticated } from '../account/errors.ts';
import type { Viewer } from '../account/viewer.ts';
import type { RestDialect } from '../config/config.ts';
import { type Answer, respond } from './answer.ts';
import { failure, refuse } from './errors.ts';
import { BodyTooLarge, MalformedBody, readFields } from './request.ts';
import { type Route, routes } from './routes.ts';

const prefix = '/api/client';

/** What the REST door is given by the server. */
export type RestOptions = {
  readonly dialect: RestDialect;
  /** Who is asking; null without a credential. */
  readonly identify: (request: Request) => Promise<Viewer | null>;
};

/** Whether a path belongs to this door. Everything under /api is answered in its language, errors too. */
export function isRestPath(pathname: string): boolean {
  return pathname === '/api' || pathname.startsWith('/api/');
}

/**
 * Answers a request to the panel's paths. The order of the checks is the panel's: the route, who asks, whether the body
 * can be read, then the verb.
 * @throws whatever is not a refusal: a fault of ours, for the server to mask.
 */
export async function answerRest(request: Request, options: RestOptions): Promise<Response> {
  const url = new URL(request.url);
  const pathname = url.pathname.replace(/\/+$/, '');
  const matches = routes.flatMap((route) => matchPath(route, pathname));
  if (matches.length === 0) return respond(unknownRoute(pathname));
  const match = matches.find(({ route }) => route.method === (request.method === 'HEAD' ? 'GET' : request.method));
  if (!match)
    return wrongMethod(
      request.method,
      pathname,
      matches.map(({ route }) => route),
    );
  const answer = await run(match, request, url, options);
  const response = respond(answer);
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

type Match = { readonly route: Route; readonly parameter: string };

async function run({ route, parameter }: Match, request: Request, url: URL, { dialect, identify }: RestOptions): Promise<Answer> {
  try {
    const viewer = await identify(request);
    if (!viewer) throw new Unauthenticated();
    const fields = await readFields(request, url);
    const body = await route.run({ viewer, fields, parameter, dialect });
    return body === undefined ? { status: 204 } : { status: 200, body };
  } catch (error) {
    return refuseOrThrow(error, route);
  }
}

function refuseOrThrow(error: unknown, { words, overlooks }: Route): Answer {
  if (isRefusal(error)) return overlooks?.includes(error.name) ? { status: 204 } : refuse(error, words);
  if (error instanceof BodyTooLarge) return failure(413, 'PostTooLargeException', 'The request body is larger than 256 KiB.');
  if (error instanceof MalformedBody) {
    return failure(400, 'BadRequestHttpException', `The JSON data passed in the request appears to be malformed: ${error.message}`);
  }
  throw error;
}

function matchPath(route: Route, pathname: string): Match[] {
  const [before = '', after] = `${prefix}${route.path}`.split(/\{\w+\}/);
  if (after === undefined) return pathname === before ? [{ route, parameter: '' }] : [];
  const segment = pathname.startsWith(before) ? pathname.slice(before.length) : '';
  return segment !== '' && !segment.includes('/') ? [{ route, parameter: decode(segment) }] : [];
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function unknownRoute(pathname: string): Answer {
  return failure(404, 'NotFoundHttpException', `The route ${pathname.slice(1)} could not be found.`);
}

function wrongMethod(method: string, pathname: string, known: readonly Route[]): Response {
  const methods = known
    .flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
    .sort((a, b) => order.indexOf(a) - order.indexOf(b));
  const allow = methods.join(', ');
  const detail = `The ${method} method is not supported for route ${pathname.slice(1)}. Supported methods: ${allow}.`;
  return respond(failure(405, 'MethodNotAllowedHttpException', detail), { allow });
}

const order = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * A fault of ours, masked: nothing of it but an id to name it by.
 * @param retryAfterSeconds when it is known to pass; null when it is not.
 */
export function maskedFault(correlationId: string, retryAfterSeconds: number | null): Response {
  const headers = { 'x-correlation-id': correlationId };
  if (retryAfterSeconds !== null) {
    const answer = failure(503, 'ServiceUnavailableHttpException', 'The service is unavailable for a moment, please try again.');
    return respond(answer, { ...headers, 'retry-after': String(retryAfterSeconds) });
  }
  return respond(
    failure(500, 'HttpException', 'An unexpected error was encountered while processing this request, please try again.'),
    headers,
  );
}
