/** A stream of values between a writer and a reader. */
export type Stream<Value> = {
  readonly values: AsyncIterableIterator<Value>;
  push(value: Value): void;
  /** Ends the stream. With a failure, unread values are dropped and the next read throws the failure. */
  end(failure?: Error): void;
};

/**
 * Creates a stream. It is not a generator: one that waits for a value cannot be ended before the value.
 * @param waitingMax values that may wait for the reader; with one more, `overflow` ends the stream.
 * @param onEnd is called once, however the stream ends.
 */
export function createStream<Value>(waitingMax: number, overflow: () => Error, onEnd: () => void): Stream<Value> {
  const waiting: Value[] = [];
  const readers: PromiseWithResolvers<IteratorResult<Value, undefined>>[] = [];
  const done = { value: undefined, done: true } as const;
  let failure: Error | undefined;
  let isOver = false;
  const end = (reason?: Error) => {
    if (isOver) return;
    isOver = true;
    if (reason) waiting.length = 0;
    const [first, ...others] = readers.splice(0);
    if (reason && first) first.reject(reason);
    else {
      failure = reason;
      first?.resolve(done);
    }
    for (const reader of others) reader.resolve(done);
    onEnd();
  };
  const next = async (): Promise<IteratorResult<Value, undefined>> => {
    const thrown = failure;
    failure = undefined;
    if (thrown) throw thrown;
    const value = waiting.shift();
    if (value !== undefined) return { value, done: false };
    if (isOver) return done;
    const reader = Promise.withResolvers<IteratorResult<Value, undefined>>();
    readers.push(reader);
    return reader.promise;
  };
  const stop = async () => {
    waiting.length = 0;
    end();
    return done;
  };
  return {
    values: {
      [Symbol.asyncIterator]() {
        return this;
      },
      next,
      return: stop,
    },
    push: (value) => {
      if (isOver) return;
      const reader = readers.shift();
      if (reader) reader.resolve({ value, done: false });
      else if (waiting.length < waitingMax) waiting.push(value);
      else end(overflow());
    },
    end,
  };
}
