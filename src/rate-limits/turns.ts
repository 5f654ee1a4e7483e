/** Runs work of one key in its order, a few pieces at once. Work of other keys does not wait for it. */
export type Turns = <Result>(key: number, work: () => Promise<Result>) => Promise<Result>;

/** @param most the pieces of work of one key that run at once. */
export function createTurns(most: number): Turns {
  const places = new Map<number, { taken: number; readonly waiting: (() => void)[] }>();
  return async (key, work) => {
    const place = places.get(key) ?? { taken: 0, waiting: [] };
    places.set(key, place);
    // Who waits is given the place of a piece of work that ends.
    if (place.taken === most) await new Promise<void>((resolve) => place.waiting.push(resolve));
    else place.taken += 1;
    try {
      return await work();
    } finally {
      const next = place.waiting.shift();
      if (next) next();
      else place.taken -= 1;
      if (place.taken === 0) places.delete(key);
    }
  };
}
