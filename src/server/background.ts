import { runOutOfTime } from '../db/request-time.ts';

/** Runs the work that no request waits for. */
export type Background = {
  start(work: () => Promise<unknown>): void;
  /** Runs work at an interval, never twice at once. */
  repeat(work: () => Promise<unknown>, intervalMs: number, failure: string): void;
  /** Waits for all that was started. */
  settle(): Promise<void>;
  /** Repeats nothing from now on, and waits for all that was started. */
  close(): Promise<void>;
};

/** @param warn is given what failed. Work that is repeated goes on. */
export function createBackground(warn: (message: string, error: unknown) => void): Background {
  const running = new Set<Promise<void>>();
  const timers: NodeJS.Timeout[] = [];
  const run = (work: () => Promise<unknown>, failure: string) => {
    const piece = runOutOfTime(work).then(
      () => undefined,
      (error) => warn(failure, error),
    );
    running.add(piece);
    return piece.finally(() => running.delete(piece));
  };
  const settle = async () => {
    await Promise.all(running);
  };
  return {
    start: (work) => void run(work, 'something was not written'),
    repeat: (work, intervalMs, failure) => {
      let isRunning = false;
      const turn = async () => {
        if (isRunning) return;
        isRunning = true;
        await run(work, failure);
        isRunning = false;
      };
      timers.push(setInterval(turn, intervalMs).unref());
    },
    settle,
    close: () => {
      for (const timer of timers) clearInterval(timer);
      return settle();
    },
  };
}
