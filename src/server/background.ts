/** Work that nobody waits for, until the gateway closes. */
export type Background = {
  start(work: () => Promise<unknown>): void;
  /** Waits for all that was started. */
  settle(): Promise<void>;
};

/** @param onError hears of work that failed. */
export function createBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<void>>();
  return {
    start: (work) => {
      const piece = work().then(
        () => undefined,
        (error) => onError(error),
      );
      running.add(piece);
      void piece.then(() => running.delete(piece));
    },
    settle: async () => {
      await Promise.all(running);
    },
  };
}
