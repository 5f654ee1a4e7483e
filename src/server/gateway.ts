import { createYoga } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Tools } from '../account/actor.ts';
import type { Config } from '../config/config.ts';
import { createDocumentCaches } from '../graphql/http/document-cache.ts';
import { limitDocuments } from '../graphql/http/document-limits.ts';
import { findUnfit } from '../graphql/http/documents.ts';
import { maskError } from '../graphql/http/errors.ts';
import { useAutomaticPersistedQueries } from '../graphql/http/use-automatic-persisted-queries.ts';
import { useErrorCodes } from '../graphql/http/use-error-codes.ts';
import { useNoIntrospection } from '../graphql/http/use-no-introspection.ts';
import { useOperationLimits } from '../graphql/http/use-operation-limits.ts';
import { useSubscriptions } from '../graphql/http/use-subscriptions.ts';
import { useTrustedDocuments } from '../graphql/http/use-trusted-documents.ts';
import type { GraphContext } from '../graphql/schema/builder.ts';
import { buildSchema } from '../graphql/schema/schema.ts';
import type { RedisConnection } from '../rate-limits/redis.ts';
import { createDoor, type ServerContext } from './door.ts';
import { reportFault } from './fault.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createTools, type ToolParts, type Warn } from './tools.ts';
import { useBatches } from './use-batches.ts';
import { useCompression } from './use-compression.ts';
import { useCors } from './use-cors.ts';
import { useEndpoint } from './use-endpoint.ts';
import { useExplorer } from './use-explorer.ts';
import { useHealth } from './use-health.ts';
import { useOperationContext } from './use-operation-context.ts';
import { useRequestLog } from './use-request-log.ts';
import { useRest } from './use-rest.ts';
import { createSetCookies } from './use-set-cookie.ts';

/** What a gateway is made of. */
export type GatewayParts = ToolParts & {
  readonly config: Config;
  readonly log: Logger;
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
  const door = createDoor(config, tools, redis);
  const setCookies = createSetCookies();
  const { documents, isIntrospectionOn } = config.graphql;
  const schema = buildSchema();
  for (const unfit of findUnfit(schema, documents ?? new Map())) log.warn(unfit, 'a document of GRAPHQL_DOCUMENTS does not fit the schema');
  return createYoga<ServerContext, GraphContext>({
    schema,
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    // How many is our own limit, in useBatches.
    batching: { limit: Number.POSITIVE_INFINITY },
    maxRequestBodySize: bodyBytesMax,
    parserAndValidationCache: createDocumentCaches(),
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
      useRest(log, door, { dialect: config.restDialect, origin: config.appUrl.origin }),
      useCors(config.corsOrigins),
      // Where only documents of a list are run, an explorer could run none.
      ...(documents ? [] : [useExplorer()]),
      useEndpoint(door),
      useErrorCodes(),
      useBatches(door, config.documentLimits.batchSize),
      useOperationContext(door, setCookies),
      documents ? useTrustedDocuments(documents) : useAutomaticPersistedQueries(),
      ...(isIntrospectionOn ? [] : [useNoIntrospection()]),
      ...limitDocuments(config.documentLimits),
      useOperationLimits(config.documentLimits),
      useSubscriptions(tools.feed),
    ],
  });
}
