import type { Actor } from '../../account/actor.ts';
import { asLoaded } from './loaded-rows.ts';

/**
 * Creates a loader that loads an object once per tick of the event loop, for the aliases of a document and the operations of
 * a batch. Nothing is kept after the tick, so a read after a change is never stale.
 */
export function createOncePerTick<Thing>() {
  const running = new WeakMap<object, Map<string, Promise<Thing>>>();
  /** @param owner the object that the loads belong to. @param key identifies a load of the owner. */
  return (owner: object, key: string, load: () => Promise<Thing>): Promise<Thing> => {
    const loads = running.get(owner) ?? new Map<string, Promise<Thing>>();
    running.set(owner, loads);
    const joined = loads.get(key);
    if (joined) return joined;
    // After every request of this tick, so that it reads what they changed.
    const loading = new Promise<void>((resolve) => process.nextTick(resolve)).then(() => {
      loads.delete(key);
      return load();
    });
    loads.set(key, loading);
    return loading;
  };
}

/**
 * Creates a loader that gathers the keys of one tick and reads their rows together, each once.
 * @param list reads the rows of some keys of the actor.
 */
export function createRowsPerTick<Key, Row extends object>(
  list: (actor: Actor, keys: readonly Key[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => Key,
) {
  const gathered = new WeakMap<Actor, Set<Key>>();
  const reads = createOncePerTick<readonly Row[]>();
  return async (actor: Actor, key: Key) => {
    const keys = gathered.get(actor) ?? new Set();
    gathered.set(actor, keys.add(key));
    const rows = await reads(actor, '', () => {
      gathered.delete(actor);
      return list(actor, [...keys]);
    });
    const row = rows.find((one) => keyOf(one) === key);
    return row ? asLoaded(row) : null;
  };
}
