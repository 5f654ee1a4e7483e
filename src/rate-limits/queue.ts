/** A queue for expensive work. It bounds how much runs at once and how much waits. */
export type Queue = {
  /**
   * Runs work when its turn comes.
   * @throws QueueFull at once when the wait would be too long. The work is not started.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** @throws QueueFull when work would be refused now: before what only prepares it. */
  assertOpen(): void;
  /** The number of pieces of work that wait. */
  countWaiting(): number;
};

/** The queue accepts no more work. Retry after the seconds given. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(`the queue is full for ${retryAfterSeconds} seconds`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The assumed duration of one piece of work before any was measured. */
const durationMsAtStart = 50;
/** The most that waits for each worker, even when work was fast lately: it may be slower when its turn comes. */
const waitingPerWorkerMax = 100;
/** The weight of the newest duration in the mean. */
const newestWeight = 0.1;

/**
 * Creates a queue.
 * @param workers the number of pieces of work that run at once.
 * @param waitMsMax the longest wait, estimated from the mean duration of work.
 * @param onTurn is given how long each piece of work waited.
 */
export function createQueue(workers: number, waitMsMax: number, onTurn: (waitedMs: number) => void = () => undefined): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;
  let meanMs = durationMsAtStart;
  const assertOpen = () => {
    const waitMs = (waiting.length / workers) * meanMs;
    if (running < workers || (waitMs <= waitMsMax && waiting.length < workers * waitingPerWorkerMax)) return;
    throw new QueueFull(Math.max(1, Math.ceil(waitMs / 1000)));
  };
  const turn = () =>
    new Promise<void>((resolve) => {
      const start = () => {
        running += 1;
        resolve();
      };
      if (running < workers) start();
      else waiting.push(start);
    });
  return {
    assertOpen,
    run: async (work) => {
      assertOpen();
      const asked = performance.now();
      await turn();
      const started = performance.now();
      onTurn(started - asked);
      try {
        return await work();
      } finally {
        meanMs += (performance.now() - started - meanMs) * newestWeight;
        running -= 1;
        waiting.shift()?.();
      }
    },
    countWaiting: () => waiting.length,
  };
}
