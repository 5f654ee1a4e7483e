import type { Counter, GuessCounters } from './counter.ts';

/** The state of a counter in one window. A later window has another object. */
type Window = { guesses: number; readonly endsAt: number };

/** How many of the least recently used counters are compared when one is dropped. */
const comparedMax = 16;

/** Creates counters in this process. */
export function createMemoryCounters(countersMax: number, now: () => Date): GuessCounters {
  /** In the order of their last use. */
  const windows = new Map<string, Window>();

  const findWindow = (key: string): Window | null => {
    const window = windows.get(key);
    if (window && window.endsAt <= now().getTime()) windows.delete(key);
    return windows.get(key) ?? null;
  };
  const count = ({ key, windowSeconds }: Counter): Window => {
    const window = findWindow(key) ?? { guesses: 0, endsAt: now().getTime() + windowSeconds * 1000 };
    if (!windows.delete(key) && windows.size >= countersMax) dropOne(windows, now().getTime());
    windows.set(key, window);
    window.guesses += 1;
    return window;
  };
  const giveBack = (key: string, window: Window) => {
    if (windows.get(key) !== window) return;
    window.guesses -= 1;
    if (window.guesses === 0) windows.delete(key);
  };

  return {
    take: async (counters) => {
      const usedUp = counters.flatMap(({ key, limit }) => {
        const window = findWindow(key);
        return window && window.guesses >= limit ? [window.endsAt] : [];
      });
      if (usedUp.length > 0) return { waitSeconds: Math.ceil((Math.max(...usedUp) - now().getTime()) / 1000) };
      const counted = counters.map((counter) => [counter.key, count(counter)] as const);
      return {
        waitSeconds: null,
        giveBack: async () => {
          for (const [key, window] of counted) giveBack(key, window);
        },
      };
    },
    clear: async (keys) => {
      for (const key of keys) windows.delete(key);
    },
  };
}

function dropOne(windows: Map<string, Window>, at: number): void {
  let dropped: { readonly key: string; readonly guesses: number } | undefined;
  let compared = 0;
  for (const [key, { guesses, endsAt }] of windows) {
    const present = endsAt <= at ? 0 : guesses;
    if (!dropped || present < dropped.guesses) dropped = { key, guesses: present };
    compared += 1;
    if (compared === comparedMax) break;
  }
  if (dropped) windows.delete(dropped.key);
}
