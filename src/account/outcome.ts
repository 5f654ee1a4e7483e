import { setTimeout as sleep } from 'node:timers/promises';
import { findOutcome, type Mark } from '../db/statements/outcome.ts';
import { isUnavailable } from '../db/unavailable.ts';
import type { Tools } from './actor.ts';
import { OutcomeUnknown } from './refusals.ts';

const answerMsMax = 5_000;
const pauseMs = 100;

/**
 * Asks on another connection whether a transaction was committed whose connection was lost at COMMIT.
 * @throws OutcomeUnknown where that cannot be found out in five seconds.
 */
export async function isCommitted({ sql }: Tools, mark: Mark): Promise<boolean> {
  for (const deadline = performance.now() + answerMsMax; performance.now() < deadline; await sleep(pauseMs)) {
    const state = await findOutcome(sql, mark).catch((error) => {
      if (!isUnavailable(error)) throw error;
      return 'unavailable' as const;
    });
    if (state === 'committed') return true;
    if (state === 'aborted') return false;
    if (state === null) break;
  }
  throw new OutcomeUnknown();
}

/**
 * Reads what the answer to a change tells of the account, again and again while the database is unavailable: the change is done.
 * @throws OutcomeUnknown after five seconds, because 503 would say that nothing is done.
 */
export async function readAfterChange<Value>(read: () => Value | Promise<Value>): Promise<Value> {
  for (const deadline = performance.now() + answerMsMax; performance.now() < deadline; await sleep(pauseMs)) {
    try {
      return await read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  throw new OutcomeUnknown();
}
