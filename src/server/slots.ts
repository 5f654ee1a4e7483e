/** Things that come and go, in no order. */
export type Slots<Thing> = {
  /** @returns what removes the thing. */
  add(thing: Thing): () => void;
  list(): Thing[];
};

/**
 * Creates slots for things that come and go with every request. A Set copies itself as they do, and its
 * earlier copies keep the requests that they held, with all that belongs to them, until the next full garbage collection.
 */
export function createSlots<Thing>(): Slots<Thing> {
  const slots: (Thing | null)[] = [];
  const free: number[] = [];
  return {
    add: (thing) => {
      const at = free.pop() ?? slots.length;
      slots[at] = thing;
      return () => {
        slots[at] = null;
        free.push(at);
      };
    },
    list: () => slots.filter((thing) => thing !== null),
  };
}
