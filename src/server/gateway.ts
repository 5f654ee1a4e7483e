import type { Logger } from 'pino';
import { prune } from '../account/activity/prune.ts';
import type { Config } from '../config/config.ts';
import { createEntry, type Entry } from './entry.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { MadeTools, ToolLog } from './tools.ts';

/** A running gateway without a socket. */
export type Gateway<Made extends MadeTools = MadeTools> = Made & {
  readonly answer: Entry;
  readonly metrics: Metrics;
};

const hourMs = 3_600_000;

/** Puts a gateway on its tools: the entry of every request, and what is done without one. */
export function createGateway<Made extends MadeTools>(config: Config, log: Logger, made: Made): Gateway<Made> {
  const { tools, redis, background } = made;
  const metrics = createMetrics();
  // Several instances may prune at once: what is gone is gone.
  background.repeat(async () => log.debug(await prune(tools), 'pruned'), hourMs, 'nothing was pruned');
  return { ...made, metrics, answer: createEntry({ config, tools, redis, log, metrics }) };
}

/** Logs what no caller receives. */
export function logTo(log: Logger): ToolLog {
  return {
    warn: (message, error) => log.warn({ err: error }, message),
    event: (line) => log.info(line, 'security event'),
  };
}
