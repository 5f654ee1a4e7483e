/**
 * Makes a loader that loads a thing once for all who ask for it at the same moment: the aliases of a document and the
 * operations of a batch. Nothing is kept: whoever asks later, after a change for one, has it loaded again.
 */
export function createOncePerTick<Thing>() {
  const running = new WeakMap<object, Map<number, Promise<Thing>>>();
  /** @param owner where the thing is kept; `id`: which of its things. */
  return (owner: object, id: number, load: () => Promise<Thing>): Promise<Thing> => {
    const loads = running.get(owner) ?? new Map<number, Promise<Thing>>();
    running.set(owner, loads);
    const joined = loads.get(id);
    if (joined) return joined;
    // Not before everybody of this moment has asked: what they changed is then there to be read.
    const loading = new Promise<void>((resolve) => process.nextTick(resolve)).then(() => {
      loads.delete(id);
      return load();
    });
    loads.set(id, loading);
    return loading;
  };
}
