/** Something that is looked at again and again, never twice at once. */
export type Looks = {
  /** Begins to look at every interval, and once now. */
  start(): void;
  stop(): void;
  /** Looks now, or once more if a look is on its way. */
  now(): void;
  /** Waits for the look that is on its way. */
  settle(): Promise<void>;
};

/** Between two looks. */
const restMs = 40;

/** @param onError hears of the first of several looks that failed; they go on. */
export function createLooks(look: () => Promise<void>, intervalMs: number, onError: (error: unknown) => void): Looks {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let isWanted = false;
  let isFailing = false;
  const once = async () => {
    isWanted = false;
    try {
      await look();
      isFailing = false;
    } catch (error) {
      if (!isFailing) onError(error);
      isFailing = true;
    }
  };
  const run = async () => {
    while (isWanted) {
      await once();
      // However often somebody asks for it, it is looked so often and no more.
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    running = null;
  };
  const now = () => {
    isWanted = true;
    running ??= run();
  };
  return {
    start: () => {
      timer ??= setInterval(now, intervalMs);
      now();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
      isWanted = false;
    },
    now,
    settle: async () => {
      await running;
    },
  };
}
