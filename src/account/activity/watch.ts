import { EventEmitter, on } from 'node:events';
import type { Actor } from '../actor.ts';
import { RateLimited } from '../refusals.ts';
import type { ActivityHead } from './tail.ts';

/** Somebody who watches the activity of their account. */
export type Watch = {
  readonly actor: Actor;
  /** Settles when the first look for it is done: rows of that look were there before. */
  readonly begun: Promise<void>;
  readonly rows: AsyncIterableIterator<ActivityHead>;
  begin(): void;
  /** Gives a row, if it is one of those that are watched for. */
  tell(row: ActivityHead): void;
  /** Ends it, with the reason where it is one that the watcher should hear. */
  end(reason?: Error): void;
  /** The first look failed: there is nothing to wait for. Later ones are made again. */
  fail(error: unknown): void;
};

/** Who falls so far behind is let go: what waits for a reader that does not read must not fill the memory. */
const waitingMax = 1_000;

/** @param onEnd is called once, however it ends: ended here, or left by whoever reads. */
export function createWatch(actor: Actor, event: string | null, onEnd: (watch: Watch) => void): Watch {
  const emitter = new EventEmitter();
  const source = on(emitter, 'row', { close: ['end'] });
  const begun = Promise.withResolvers<void>();
  let hasBegun = false;
  let waiting = 0;
  let isOver = false;
  let failure: Error | undefined;
  /** Answers whether it was not over yet. */
  const finish = () => {
    if (isOver) return false;
    isOver = true;
    onEnd(watch);
    return true;
  };
  const watch: Watch = {
    actor,
    begun: begun.promise,
    rows: readRows(source, {
      onRead: () => {
        waiting -= 1;
      },
      onLeft: finish,
      failureOf: () => failure,
    }),
    begin: () => {
      hasBegun = true;
      begun.resolve();
    },
    tell: (row) => {
      if (isOver || !hasBegun || row.accountId !== actor.accountId || (event !== null && event !== row.event)) return;
      waiting += 1;
      if (waiting > waitingMax) watch.end(new RateLimited(1, 'events'));
      else emitter.emit('row', row);
    },
    end: (reason) => {
      if (!finish()) return;
      begun.resolve();
      failure = reason;
      emitter.emit('end');
    },
    fail: (error) => {
      if (hasBegun || !finish()) return;
      begun.reject(error);
      emitter.emit('end');
    },
  };
  return watch;
}

type Reader = { readonly onRead: () => void; readonly onLeft: () => void; readonly failureOf: () => Error | undefined };

/**
 * Not a generator: left while it waits, a generator would hear of it with the next row only. What waits to be read when a
 * credential is revoked is not given any more.
 */
function readRows(source: ReturnType<typeof on>, { onRead, onLeft, failureOf }: Reader): AsyncIterableIterator<ActivityHead> {
  let hasFailed = false;
  const finished = { value: undefined, done: true } as const;
  const isFailing = () => {
    const failure = failureOf();
    if (!failure || hasFailed) return failure !== undefined;
    hasFailed = true;
    throw failure;
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      if (isFailing()) return finished;
      const { value, done } = await source.next();
      if (isFailing() || done) return finished;
      onRead();
      return { value: value[0], done: false };
    },
    return: async () => {
      onLeft();
      await source.return?.();
      return finished;
    },
  };
}
