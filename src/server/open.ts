import type { Logger } from 'pino';
import type { Tools } from '../account/actor.ts';
import type { Config } from '../config/config.ts';
import { createServerAdapter, type Gateway, warnTo } from './gateway.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { startPruning } from './pruning.ts';
import { type OpenTools, openTools } from './tools.ts';

/** A gateway on its database. */
export type OpenGateway = Gateway & Pick<OpenTools, 'appliedMigrations' | 'notes'> & { readonly metrics: Metrics };

/**
 * Opens the database that the configuration names and puts a gateway on it.
 * @param prepare runs once the tables are there, before any other instance may do the same.
 * @throws ConfigError, DatabaseUnusable.
 */
export async function openGateway(config: Config, log: Logger, prepare: (tools: Tools) => Promise<void>): Promise<OpenGateway> {
  const opened = await openTools(config, warnTo(log), prepare);
  const metrics = createMetrics();
  const stopPruning = startPruning(opened.tools, log);
  return {
    ...opened,
    metrics,
    yoga: createServerAdapter(config, log, opened.tools, opened.redis, metrics),
    close: async () => {
      stopPruning();
      await opened.close();
    },
  };
}
