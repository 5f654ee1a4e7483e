import { createYoga } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Tools, Viewer } from '../account/viewer.ts';
import { createSessionCookie } from '../auth/cookie.ts';
import { greet, identify } from '../auth/identify.ts';
import { countRequest, spendRequest } from '../auth/requests.ts';
import type { Config } from '../config/config.ts';
import type { GraphContext } from '../graphql/builder.ts';
import { maskError } from '../graphql/errors.ts';
import { buildSchema } from '../graphql/schema.ts';
import { createBudget } from '../limits/budget.ts';
import type { RedisConnection } from '../limits/redis.ts';
import { limitDocuments } from './document-limits.ts';
import { reportFault } from './fault.ts';
import { createGraphContext } from './graph-context.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createTools, type ToolParts, type Warn } from './tools.ts';
import { useCompression } from './use-compression.ts';
import { useCors } from './use-cors.ts';
import { useErrorCodes } from './use-error-codes.ts';
import { useExplorer } from './use-explorer.ts';
import { useHealth } from './use-health.ts';
import { useJsonOnly } from './use-json-only.ts';
import { useRequestLog } from './use-request-log.ts';
import { useRest } from './use-rest.ts';
import { createSetCookies } from './use-set-cookie.ts';

/** What a gateway is made of. */
export type GatewayParts = ToolParts & {
  readonly config: Config;
  readonly log: Logger;
};

/** What the connection knows and the request does not say. */
export type ServerContext = {
  /** The other end of the connection; left out where there is none. */
  readonly peer?: string | undefined;
};

/** A running gateway without a socket. */
export type Gateway = {
  readonly tools: Tools;
  readonly yoga: ReturnType<typeof createServerAdapter>;
  /** Waits for what nobody waited for, and writes what is pending. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

const bodyBytesMax = 256 * 1024;

/** Puts a gateway on a database that is open and migrated. */
export function createGateway(parts: GatewayParts): Gateway {
  const made = createTools(parts, warnTo(parts.log));
  return { ...made, yoga: createServerAdapter(parts.config, parts.log, made.tools, parts.redis, createMetrics()) };
}

/** Trouble that nobody waits to be told of goes to the log. */
export function warnTo(log: Logger): Warn {
  return (message, error) => log.warn({ err: error }, message);
}

/** Puts the rooms together: the doors on one server, the domain behind them. */
export function createServerAdapter(config: Config, log: Logger, tools: Tools, redis: RedisConnection | null, metrics: Metrics) {
  const requests = createBudget(redis, 'requests', config.limits.requestsPerMinute, 60);
  const cookie = createSessionCookie(config.appUrl);
  const credentials = { isTrustedProxy: config.isTrustedProxy, cookie, ownOrigins: [config.appUrl.origin, ...config.corsOrigins] };
  const setCookies = createSetCookies();
  const greetAt = (request: Request, { peer }: ServerContext) => greet(tools, request, peer ?? null, credentials);
  const whoAsks = (request: Request, context: ServerContext) => identify(greetAt(request, context), request, credentials);
  const spend = (viewer: Viewer) => countRequest(requests, viewer);
  return createYoga<ServerContext, GraphContext>({
    schema: buildSchema(),
    context: async ({ request, ...context }) => {
      const visitor = greetAt(request, context);
      const setCookie = (header: string) => setCookies.set(request, header);
      const graph = await createGraphContext({
        request,
        visitor,
        cookie,
        setCookie,
        identify: () => identify(visitor, request, credentials),
      });
      await spendRequest(requests, graph.asking.viewer ?? visitor);
      return graph;
    },
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: bodyBytesMax,
    // Yoga answers any address that ends so, before a plugin sees it; no address ends in a blank. Ours is in use-health.ts.
    healthCheckEndpoint: ' ',
    logging: { debug() {}, info() {}, warn: (...words) => log.warn(words.join(' ')), error() {} },
    maskedErrors: { maskError: (error) => maskError(error, (fault) => reportFault(fault, log)) },
    plugins: [
      useRequestLog(log),
      metrics.plugin,
      useCompression(),
      setCookies.plugin,
      useHealth(tools.db),
      useRest(log, { dialect: config.restDialect, identify: whoAsks, spend, origin: config.appUrl.origin }),
      useCors(config.corsOrigins),
      useExplorer(),
      useJsonOnly(),
      useErrorCodes(),
      ...limitDocuments(config.documentLimits),
    ],
  });
}
