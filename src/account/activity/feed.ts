import type { Actor, Tools } from '../actor.ts';
import { Unauthenticated } from '../refusals.ts';
import { createLooks } from './looks.ts';
import { findRevoked } from './revoked.ts';
import { type ActivityHead, createTail, type Tail } from './tail.ts';
import { createWatch, type Watch } from './watch.ts';

/** New activity, told to whoever watches, whichever door, process or instance it came through. */
export type ActivityFeed = {
  /**
   * Watches the actor's account for as long as their credential opens it.
   * @param event only this event; null: every one. `left`: aborted when nobody reads any more.
   * @returns once nothing that is committed from now on is missed. Ends by itself when the feed is closed.
   * @throws Unauthenticated, while waiting for the next, when the key or the session was revoked or has expired.
   */
  watch(actor: Actor, event: string | null, left: AbortSignal): Promise<AsyncIterableIterator<ActivityHead>>;
  /** How many watch an account in this process. */
  count(accountId: number): number;
  /** Looks now instead of at the next interval: something may have happened. */
  poke(): void;
  /** Ends every watch at once, and waits for the look that is on its way. */
  close(): Promise<void>;
};

/** A revoked credential ends its watch within a second: half of it, and a look at the database. */
const intervalMs = 400;

/**
 * Makes the feed. While somebody watches it reads the tables a few times a second, in a handful of statements however many
 * watch: it needs no broker, misses nothing of other instances, and sees a revocation wherever it was made.
 * @param onError hears of the first of several looks that failed; they go on.
 */
export function createActivityFeed(
  tools: Pick<Tools, 'db' | 'now' | 'sessionUses' | 'sessionLifetime'>,
  onError: (error: unknown) => void,
): ActivityFeed {
  const tail = createTail(tools);
  const watches = new Set<Watch>();
  let isClosed = false;
  const looks = createLooks(() => look(tools, tail, [...watches]), intervalMs, onError);
  const remove = (watch: Watch) => {
    watches.delete(watch);
    if (watches.size > 0) return;
    looks.stop();
    tail.forget();
  };
  return {
    watch: async (actor, event, left) => {
      const watch = createWatch(actor, event, remove);
      watches.add(watch);
      // Whoever leaves before the first answer leaves nobody behind who would ever ask for the next row.
      left.addEventListener('abort', () => watch.end(), { once: true });
      if (isClosed || left.aborted) watch.end();
      else looks.start();
      await watch.begun;
      return watch.rows;
    },
    count: (accountId) => [...watches].filter(({ actor }) => actor.accountId === accountId).length,
    poke: () => {
      if (watches.size > 0) looks.now();
    },
    close: async () => {
      isClosed = true;
      for (const watch of [...watches]) watch.end();
      await looks.settle();
    },
  };
}

/** Ends what is revoked, tells what is new, and begins what was waiting for this look: what it saw was there before. */
async function look(tools: Parameters<typeof findRevoked>[0], tail: Tail, watches: readonly Watch[]): Promise<void> {
  try {
    for (const watch of await findRevoked(tools, watches)) watch.end(new Unauthenticated());
    for (const row of await tail.read([...new Set(watches.map(({ actor }) => actor.accountId))])) {
      for (const watch of watches) watch.tell(row);
    }
    for (const watch of watches) watch.begin();
  } catch (error) {
    for (const watch of watches) watch.fail(error);
    throw error;
  }
}
