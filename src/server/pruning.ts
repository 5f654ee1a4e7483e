import type { Logger } from 'pino';
import { prune } from '../account/activity/prune.ts';
import type { Tools } from '../account/actor.ts';

const hourMs = 3_600_000;

/** Prunes every hour; answers the function that stops it. Several instances may: what is gone is gone. */
export function startPruning(tools: Tools, log: Logger): () => void {
  const timer = setInterval(() => {
    prune(tools).then(
      (pruned) => log.debug(pruned, 'pruned'),
      (error) => log.warn({ err: error }, 'nothing was pruned'),
    );
  }, hourMs).unref();
  return () => clearInterval(timer);
}
