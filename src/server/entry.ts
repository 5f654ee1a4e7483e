import type { Logger } from 'pino';
import type { Tools } from '../account/actor.ts';
import { RateLimited } from '../account/refusals.ts';
import { createAdmission } from '../auth/admission.ts';
import { createCookie } from '../auth/cookie.ts';
import { assertSameSite } from '../auth/cross-site.ts';
import { carriesApiKey, carriesAuthorization, identify } from '../auth/identify.ts';
import { createVisitor } from '../auth/visitor.ts';
import type { Config } from '../config/config.ts';
import { createEndpoint } from '../graphql/http/endpoint.ts';
import { acceptsPage, answerExplorer } from '../pages/explorer/explorer.ts';
import { createFront } from '../pages/front/front.ts';
import { createBudget } from '../rate-limits/budget.ts';
import type { RedisConnection } from '../rate-limits/redis.ts';
import { describeApi } from '../rest/http/openapi.ts';
import { answerRest, isRestPath, maskedFault } from '../rest/http/rest.ts';
import type { Answer } from './answer.ts';
import { compress } from './compression.ts';
import { allowOrigin, isPreflight } from './cors.ts';
import { createDeadline } from './deadline.ts';
import { answerReads } from './fixed-path.ts';
import { createForwardedWarnings } from './forwarded-warnings.ts';
import { cutHeader } from './header-lengths.ts';
import { createHealth } from './health.ts';
import { apiOf, type Metrics } from './metrics.ts';
import { once } from './once.ts';
import { bodyTooLate, tooManyRequests, unreadableAddress, webSocketRefused } from './plain-answers.ts';
import { moveUrl, pathOf, writeUrl } from './public-url.ts';
import { reportFault } from './report-fault.ts';
import type { HttpRequest, ReceivedRequest } from './request.ts';
import { addFact, describeRequest, type Fact, type RequestFacts } from './request-facts.ts';
import { findRequestId } from './request-id.ts';

/** Answers a request that was received over a socket or in a test. */
export type Entry = (received: ReceivedRequest) => Promise<Answer>;

type EntryParts = {
  readonly config: Config;
  readonly tools: Tools;
  readonly redis: RedisConnection | null;
  readonly log: Logger;
  readonly metrics: Metrics;
  isStopping(): boolean;
};

const minuteSeconds = 60;
const yearSeconds = 31_536_000;
const nowhere = new URL('http://localhost/');
const empty = { headers: {}, body: null };

/** Creates the way of every request, from top to bottom. */
export function createEntry({ config, tools, redis, log, metrics, isStopping }: EntryParts): Entry {
  const { corsOrigins, appUrl } = config;
  const isHttps = appUrl.protocol === 'https:';
  const isCrossSite = isHttps && config.crossSiteOrigins.length > 0;
  const cookie = createCookie('gateway_session', appUrl, isCrossSite);
  const deviceCookie = createCookie('gateway_device', appUrl, isCrossSite);
  const pages = { origins: [appUrl.origin, ...corsOrigins], isOwnHost: !isHttps, isCrossSite };
  const requests = createBudget(redis, 'requests', config.limits.requestsPerMinute, minuteSeconds);
  const warn = (details: object, message: string) => log.warn(details, message);
  const warnOfForwarded = createForwardedWarnings(config, tools.now, warn);
  const answerHealth = createHealth(tools.db, isStopping);
  const answerGraphql = createEndpoint({ ...config, warn });
  // Where only the documents of a list are run, an explorer could run none.
  const hasExplorer = !config.graphql.documents;
  const answerFront = createFront({ name: config.appName, base: pathOf(appUrl), hasExplorer });
  const describe = once(() => JSON.stringify(describeApi(writeUrl(appUrl))));
  const apiDescription = () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: describe() });
  const rest = { dialect: config.restDialect, toPublicUrl: (url: URL) => (config.isAppUrlSet ? moveUrl(url, appUrl) : url) };

  return async (received) => {
    const isReadable = received.url !== null;
    const request = begin(received);
    const answer = await answerRoute(request, isReadable).catch((error) => answerFault(request, error));
    const finished = await finish(request, answer);
    record(request, finished);
    return finished;
  };

  function begin(received: ReceivedRequest): HttpRequest {
    const { header: readHeader } = received;
    const header = (name: string) => cutHeader(name, readHeader(name));
    const id = findRequestId(header);
    const { inTime, beginCommit } = createDeadline(config.requestTimeoutMs);
    const source = { peer: received.peer, header, requestId: id, sessionCookie: cookie, deviceCookie, beginCommit };
    const visitor = createVisitor(tools, source, config.proxies);
    warnOfForwarded({ peer: received.peer, header }, visitor);
    const cookies: HttpRequest['cookies'] = { session: [], device: [] };
    let facts: RequestFacts = { operations: [] };
    const note = (fact: Fact) => {
      facts = addFact(facts, fact);
    };
    const admission = createAdmission(
      requests,
      visitor,
      () => carriesApiKey(request),
      async (plan) => {
        const actor = await identify(visitor, request, { cookie, pages }, plan);
        if (actor) note({ accountId: actor.accountId });
        return actor;
      },
    );
    const request: HttpRequest = Object.assign(received, admission, {
      url: received.url ?? nowhere,
      header,
      id,
      startedAt: performance.now(),
      visitor,
      cookies,
      note,
      facts: () => facts,
      carriesAuthorization: () => carriesAuthorization(request),
      assertSameSite: () => assertSameSite(request, pages),
      inTime,
      report: (fault: unknown) => reportFault(log, id, fault),
      setSessionCookie: (token: string, expiresAt: Date) => {
        cookies.session = [cookie.write(token, expiresAt)];
      },
      clearSessionCookie: () => {
        cookies.session = cookie.clear();
      },
      setDeviceCookie: (token: string, expiresAt: Date) => {
        cookies.device = [deviceCookie.write(token, expiresAt)];
      },
    });
    return request;
  }

  /** Health and preflights have no limit. Each API has its own order of route, credential, limit and body. */
  async function answerRoute(request: HttpRequest, isReadable: boolean): Promise<Answer> {
    const { pathname } = request.url;
    if (isReadable && isPreflight(request)) return { ...empty, status: 204 };
    if (/\bwebsocket\b/i.test(request.header('upgrade') ?? '')) {
      await request.chargeAddress();
      return webSocketRefused;
    }
    const health = isReadable ? await answerHealth(request.method, pathname) : null;
    if (health) request.note({ path: pathname });
    if (health) return health;
    if (isReadable && isRestPath(pathname)) return request.inTime(() => answerRest(request, rest));
    const isGraphql = isReadable && /^\/graphql\/?$/.test(pathname) && request.method !== 'OPTIONS';
    if (isGraphql) request.note({ path: '/graphql' });
    if (isGraphql && !(hasExplorer && acceptsPage(request))) return answerGraphql(request);
    await request.chargeAddress();
    if (!isReadable) return unreadableAddress();
    if (pathname === '/openapi.json' || pathname === '/') request.note({ path: pathname });
    if (pathname === '/openapi.json') return answerReads(request.method, apiDescription);
    if (pathname === '/') return answerReads(request.method, () => answerFront(request));
    if (isGraphql) return answerExplorer(request);
    return { ...empty, status: request.method === 'OPTIONS' ? 204 : 404 };
  }

  async function answerFault(request: HttpRequest, error: unknown): Promise<Answer> {
    // The client closed the connection in the middle of the body.
    if (request.left().aborted) return { ...empty, status: 400 };
    if (request.isBodyAwaited()) return request.chargeAddress().then(bodyTooLate, tooManyRequests);
    if (error instanceof RateLimited) return tooManyRequests(error);
    const { correlationId, retryAfterSeconds } = request.report(error);
    return maskedFault(correlationId, retryAfterSeconds);
  }

  async function finish(request: HttpRequest, answer: Answer): Promise<Answer> {
    const { status, headers, body } = await compress(answer, request.header('accept-encoding'));
    const allowed = allowOrigin(request, corsOrigins);
    // The answer differs by origin, so a cache must keep one for each.
    const cookies = [...request.cookies.session, ...request.cookies.device];
    const vary = [headers['vary'], allowed['vary'], corsOrigins.length > 0 ? 'Origin' : ''].filter(Boolean).join(', ');
    return {
      status,
      headers: {
        'x-request-id': request.id,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        // RFC 6797 §7.2: without TLS it must not be sent.
        ...(isHttps ? { 'strict-transport-security': `max-age=${yearSeconds}` } : {}),
        ...headers,
        ...allowed,
        ...(vary === '' ? {} : { vary }),
        ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
      },
      body,
    };
  }

  /** One line and one measure for each request. */
  function record(request: HttpRequest, { status }: Answer): void {
    const { startedAt, url } = request;
    const milliseconds = performance.now() - startedAt;
    const line = describeRequest(request, apiOf(url.pathname), status, Math.round(milliseconds));
    metrics.countRequest(line, milliseconds / 1_000);
    // Probes would be most of the log.
    if (line.path?.startsWith('/health/')) log.debug(line, 'request');
    else log.info(line, 'request');
  }
}
