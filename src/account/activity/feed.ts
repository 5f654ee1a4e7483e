import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/database.ts';
import { runOutOfTime } from '../../db/request-time.ts';
import { type ActivityRow, findActivityIdBefore, listNewActivity, readNewestActivityId } from '../../db/statements/activity.ts';
import type { Credential } from '../credential.ts';
import { RateLimited, Unauthenticated } from '../refusals.ts';
import type { SessionClock } from '../sessions/lifetime.ts';
import { findRevoked } from './revoked.ts';
import { createStream, type Stream } from './stream.ts';

/** An account that is watched, and the credential that allows it. */
export type Watching = { readonly accountId: number; readonly credential: Credential };

/** New activity for subscriptions, from every API, process and instance. */
export type ActivityFeed = {
  /**
   * Watches an account until its credential is revoked or expires, `closed` is aborted, or the feed is closed.
   * @param event only rows of this event; null: all.
   * @returns once every row that is committed from now on will be given.
   * @throws Unauthenticated from the iterator when the credential is revoked or expires; RateLimited when rows are not read.
   */
  watch(watching: Watching, event: string | null, closed: AbortSignal): Promise<AsyncIterableIterator<ActivityRow>>;
  /** Counts the watchers of an account in this process. */
  count(accountId: number): number;
  /** Counts the watchers of all accounts in this process. */
  countAll(): number;
  /** Polls now instead of at the next interval, after a change. */
  poll(): void;
  /** Ends every watcher and waits for the running poll. */
  close(): Promise<void>;
};

type Watcher = Watching & {
  readonly event: string | null;
  readonly stream: Stream<ActivityRow>;
  readonly begun: PromiseWithResolvers<void>;
  /** Its first poll is done: rows of that poll were there before it. */
  isReady: boolean;
};

// A revoked credential ends its watchers within a second: at most the interval and one poll.
const intervalMs = 400;
const restMs = 40;
/** Rows that one statement reads, and rows that may wait for a reader. */
const rowsMax = 1_000;

/**
 * A row gets its id before it is committed, so it can appear below rows that were read. No transaction lasts half as long as
 * this (`openPool` limits their statements): below an id that was given this long ago, no row appears.
 */
const settledMs = 40_000;

/**
 * Creates the feed. While an account is watched, it reads the tables a few times per second, in a few statements for any
 * number of watchers. It needs no broker and finds the changes of every instance.
 * @param onError is called for the first of several polls that fail. Polling continues.
 */
export function createActivityFeed(tools: SessionClock & { readonly db: Database }, onError: (error: unknown) => void): ActivityFeed {
  const watchers = new Map<number, Set<Watcher>>();
  const listWatchers = () => [...watchers.values()].flatMap((set) => [...set]);
  let readNew = createReader(tools);
  let timer: NodeJS.Timeout | undefined;
  let polling: Promise<void> | undefined;
  let isWanted = false;
  let isFailing = false;
  let isClosed = false;

  const pollOnce = async () => {
    const present = listWatchers();
    try {
      for await (const rows of readNew(() => [...watchers.keys()])) {
        // After the rows were read: a credential is not given what was committed after its revocation, or with it.
        for (const watcher of await findRevoked(tools, listWatchers())) watcher.stream.end(new Unauthenticated());
        for (const row of rows) deliver(watchers.get(row.accountId), row);
      }
      for (const watcher of present) {
        watcher.isReady = true;
        watcher.begun.resolve();
      }
      isFailing = false;
    } catch (error) {
      for (const watcher of present) watcher.begun.reject(error);
      if (!isFailing) onError(error);
      isFailing = true;
    }
  };
  const run = async () => {
    while (isWanted && watchers.size > 0) {
      isWanted = false;
      await pollOnce();
      await sleep(restMs);
    }
    polling = undefined;
  };
  const poll = () => {
    if (watchers.size === 0) return;
    isWanted = true;
    polling ??= runOutOfTime(run);
  };
  const remove = (watcher: Watcher) => {
    const set = watchers.get(watcher.accountId);
    set?.delete(watcher);
    if (set?.size === 0) watchers.delete(watcher.accountId);
    watcher.begun.resolve();
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    readNew = createReader(tools);
  };
  return {
    watch: async (watching, event, closed) => {
      const overflow = () => new RateLimited(1, 'events');
      const stream = createStream<ActivityRow>(rowsMax, overflow, () => remove(watcher));
      const watcher: Watcher = { ...watching, event, stream, begun: Promise.withResolvers(), isReady: false };
      watchers.set(watching.accountId, (watchers.get(watching.accountId) ?? new Set()).add(watcher));
      closed.addEventListener('abort', () => stream.end(), { once: true });
      if (isClosed || closed.aborted) stream.end();
      else timer ??= setInterval(poll, intervalMs);
      poll();
      await watcher.begun.promise.catch((error) => {
        stream.end();
        throw error;
      });
      return stream.values;
    },
    count: (accountId) => watchers.get(accountId)?.size ?? 0,
    countAll: () => listWatchers().length,
    poll,
    close: async () => {
      isClosed = true;
      for (const { stream } of listWatchers()) stream.end();
      await polling;
    },
  };
}

function deliver(watchers: ReadonlySet<Watcher> = new Set(), row: ActivityRow): void {
  for (const { isReady, event, stream } of watchers) if (isReady && (event === null || event === row.event)) stream.push(row);
}

/**
 * Creates a function that reads the rows that were not read before, in parts, of which the last may be empty. A part that is
 * not taken in counts as not read. By id and not by time: the clocks of several instances differ.
 */
function createReader({ db, now }: { readonly db: Database; now(): Date }) {
  const known = new Set<bigint>();
  let marks: { readonly id: bigint; readonly at: number }[] = [];
  let floor: bigint | undefined;
  return async function* readNew(listAccountIds: () => number[]): AsyncGenerator<readonly ActivityRow[]> {
    const at = now().getTime();
    floor ??= await findActivityIdBefore(db, new Date(at - settledMs));
    const newest = await readNewestActivityId(db);
    if (newest !== marks.at(-1)?.id) marks.push({ id: newest, at });
    for (let above = floor, isLast = false; !isLast; ) {
      const knownAbove = [...known].filter((id) => id > above);
      const rows = await listNewActivity(db, listAccountIds(), above, knownAbove, rowsMax);
      yield rows;
      for (const { id } of rows) known.add(id);
      above = rows.at(-1)?.id ?? above;
      isLast = rows.length < rowsMax;
    }
    const settled = marks.findLast((mark) => mark.at <= at - settledMs);
    if (!settled) return;
    floor = settled.id;
    marks = marks.filter((mark) => mark.at > settled.at);
    for (const id of known) if (id <= settled.id) known.delete(id);
  };
}
