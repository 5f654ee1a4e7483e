import { createRequestTime, endTime, runInTime } from '../db/request-time.ts';

/** A request took longer than is allowed. */
export class RequestTimeout extends Error {
  override readonly name = 'RequestTimeout';
  constructor() {
    super('the request took longer than REQUEST_TIMEOUT_SECONDS');
  }
}

/** The end of the time of a request. */
export type Deadline = {
  /**
   * Runs the work of the request. Once a change of it may be committed, its answer is awaited: a refusal would not be true.
   * @throws RequestTimeout when the time is over before. Its statements end with it.
   */
  inTime<Result>(work: () => Promise<Result>): Promise<Result>;
  /** @throws RequestTimeout when the time is over, so that nothing is done for a request that was refused. */
  beginCommit(): void;
};

export function createDeadline(timeoutMs: number): Deadline {
  let isOver = false;
  let isCommitting = false;
  return {
    inTime: (work) =>
      new Promise((resolve, reject) => {
        const time = createRequestTime();
        const end = () => {
          isOver = true;
          if (isCommitting) return;
          reject(new RequestTimeout());
          endTime(time);
        };
        const timer = setTimeout(end, timeoutMs);
        const settle = <Value>(give: (value: Value) => void) => {
          return (value: Value) => {
            clearTimeout(timer);
            give(value);
          };
        };
        runInTime(time, work).then(settle(resolve), settle(reject));
      }),
    beginCommit: () => {
      if (isOver) throw new RequestTimeout();
      isCommitting = true;
    },
  };
}
