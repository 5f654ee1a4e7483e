/** A lane for work that would stand in everybody's way: so much of it at once, so much of it waiting, and no more. */
export type Queue = {
  /**
   * Runs work when its turn comes.
   * @throws QueueFull at once when the wait would be too long; the work is not begun.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
};

/** The lane is full; there is hope again after so many seconds. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(`the lane is full for ${retryAfterSeconds} seconds`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What one piece of work takes before any was measured. */
const firstGuessMs = 50;
/** However fast work has been lately, no more than this waits for each lane: what is fast now may be slow when its turn comes. */
const waitingPerLaneMax = 100;
/** How much of the measured time the newest piece makes. */
const newestWeight = 0.1;

/**
 * Makes a lane.
 * @param lanes pieces of work at once; `waitMsMax`: the longest that work is let wait, by what work takes lately.
 */
export function createQueue(lanes: number, waitMsMax: number): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let meanMs = firstGuessMs;
  const next = () => {
    running -= 1;
    waiting.shift()?.();
  };
  const turn = () =>
    new Promise<void>((resolve, reject) => {
      const start = () => {
        running += 1;
        resolve();
      };
      const waitMs = (waiting.length / lanes) * meanMs;
      if (running < lanes) start();
      else if (waitMs <= waitMsMax && waiting.length < lanes * waitingPerLaneMax) waiting.push(start);
      else reject(new QueueFull(Math.max(1, Math.ceil(waitMs / 1000))));
    });
  return {
    run: async (work) => {
      await turn();
      const started = performance.now();
      try {
        return await work();
      } finally {
        meanMs += (performance.now() - started - meanMs) * newestWeight;
        next();
      }
    },
  };
}
