import { createYoga } from 'graphql-yoga';
import type { Logger } from 'pino';
import { createKeyUses } from '../account/api-keys/key-uses.ts';
import type { Tools } from '../account/viewer.ts';
import { greet, identify } from '../auth/identify.ts';
import type { Config } from '../config/config.ts';
import type { KeyRing } from '../crypto/keys.ts';
import type { PasswordCost } from '../crypto/password-hash.ts';
import type { Database } from '../db/database.ts';
import type { GraphContext } from '../graphql/builder.ts';
import { maskError } from '../graphql/errors.ts';
import { buildSchema } from '../graphql/schema.ts';
import { reportFault } from './fault.ts';
import { graphiqlOptions } from './graphiql.ts';
import { useErrorCodes } from './use-error-codes.ts';
import { useHealth } from './use-health.ts';
import { useRequestLog } from './use-request-log.ts';
import { useRest } from './use-rest.ts';

/** What a gateway is made of. */
export type GatewayParts = {
  readonly config: Pick<Config, 'appName' | 'isTrustedProxy' | 'limits' | 'restDialect'>;
  readonly db: Database;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  readonly log: Logger;
  readonly now?: () => Date;
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
  /** Writes what is pending. */
  close(): Promise<void>;
};

const keyUsesIntervalMs = 1_000;
const bodyBytesMax = 256 * 1024;

/** Puts the rooms together: the doors on one server, the domain behind them. */
export function createGateway(parts: GatewayParts): Gateway {
  const { config, db, log } = parts;
  const keyUses = createKeyUses(db, keyUsesIntervalMs, (error) => log.error({ err: error }, 'last uses of API keys were not written'));
  const tools: Tools = {
    db,
    keyUses,
    keys: parts.keys,
    passwordCost: parts.passwordCost,
    limits: config.limits,
    issuer: config.appName,
    now: parts.now ?? (() => new Date()),
  };
  return { tools, yoga: createServerAdapter(parts, tools), close: () => keyUses.close() };
}

function createServerAdapter({ config, log }: GatewayParts, tools: Tools) {
  const whoAsks = (request: Request, { peer }: ServerContext) =>
    identify(greet(tools, request, peer ?? null, config.isTrustedProxy), request);
  return createYoga<ServerContext, GraphContext>({
    schema: buildSchema(),
    context: async ({ request, ...context }) => ({ viewer: await whoAsks(request, context), db: tools.db }),
    graphqlEndpoint: '/graphql',
    graphiql: graphiqlOptions,
    // Six megabytes of explorer, read when somebody opens it.
    renderGraphiQL: async (options) => (await import('@graphql-yoga/render-graphiql')).renderGraphiQL(options),
    landingPage: false,
    cors: false,
    multipart: false,
    maxRequestBodySize: bodyBytesMax,
    // Yoga answers any address that ends so, before a plugin sees it; no address ends in a blank. Ours is in use-health.ts.
    healthCheckEndpoint: ' ',
    logging: { debug() {}, info() {}, warn: (...words) => log.warn(words.join(' ')), error() {} },
    maskedErrors: { maskError: (error) => maskError(error, (fault) => reportFault(fault, log)) },
    plugins: [useRequestLog(log), useHealth(tools.db), useErrorCodes(), useRest(log, { dialect: config.restDialect, identify: whoAsks })],
  });
}
