import type { Logger } from 'pino';
import { prune } from '../account/activity/prune.ts';
import type { Config } from '../config/config.ts';
import { createEntry, type Entry } from './entry.ts';
import type { Metrics } from './metrics.ts';
import type { MadeTools, ToolLog } from './tools.ts';

/** A running gateway without a socket. */
export type Gateway<Made extends MadeTools = MadeTools> = Made & {
  readonly answer: Entry;
  readonly metrics: Metrics;
  /** From now on `/health/ready` answers 503, so that proxies send no more requests. */
  beginStop(): void;
};

const hourMs = 3_600_000;

/** Puts a gateway on its tools: the entry of every request, and what is done without one. */
export function createGateway<Made extends MadeTools>(config: Config, log: Logger, metrics: Metrics, made: Made): Gateway<Made> {
  const { tools, redis, background, countConnections } = made;
  metrics.watch({
    countHashingWaiting: tools.hashing.countWaiting,
    countStreams: tools.feed.countAll,
    countConnections,
    isRedisUp: redis?.isAvailable ?? null,
  });
  // Several instances may prune at once: what is gone is gone.
  background.repeat(async () => log.debug(await prune(tools), 'pruned'), hourMs, 'nothing was pruned');
  let isStopping = false;
  const beginStop = () => {
    isStopping = true;
  };
  return { ...made, metrics, beginStop, answer: createEntry({ config, tools, redis, log, metrics, isStopping: () => isStopping }) };
}

/** Logs and counts what no caller receives. */
export function logTo(log: Logger, { counts, countHashingWait }: Pick<Metrics, 'counts' | 'countHashingWait'>): ToolLog {
  return {
    info: (message) => log.info(message),
    warn: (message, error) => log.warn(error === undefined ? {} : { err: error }, message),
    event: (line) => log.info(line, 'security event'),
    counts,
    countHashingWait,
  };
}
