import { setTimeout as sleep } from 'node:timers/promises';
import { chooseKind, kindOf, kindOfCost, makeDecoy } from '../../crypto/hash-kinds.ts';
import type { KeyRing } from '../../crypto/keys.ts';
import { type PasswordCost, verifyPassword } from '../../crypto/password-hash.ts';
import type { Database } from '../../db/database.ts';
import { runOutOfTime } from '../../db/request-time.ts';
import { type HashKind, listHashKinds } from '../../db/statements/hash-kinds.ts';
import type { Queue } from '../../rate-limits/queue.ts';

/**
 * The kinds of hashes that accounts have, and how long each takes. Imported accounts have bcrypt, which takes longer than
 * argon2: without this, the time of an answer would tell whether an account exists, and where it comes from.
 */
export type HashKinds = {
  /**
   * A hash that an unknown login is compared with: of the same kind each time. Of many logins, as many are of each kind as
   * accounts are, so that the load which a login causes does not tell that it has no account.
   */
  makeDecoyFor(login: string): Promise<string>;
  /**
   * Verifies a password in the queue of hashes, and takes its time for `untilSlowest`.
   * @throws QueueFull
   */
  verify(hash: string, password: string): Promise<Verified>;
  /** Waits until a wrong password has taken as long as the slowest kind of hash takes, at most a second. It holds no place in the queue. */
  untilSlowest(startedAt: number, verified: Verified): Promise<void>;
};

/** The result, and the milliseconds that it waited in the queue. */
export type Verified = { readonly isCorrect: boolean; readonly queuedMs: number };

type HashKindParts = {
  readonly db: Database;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  readonly hashing: Queue;
  inBackground(work: () => Promise<unknown>): void;
};

const freshMs = 60_000;
const waitMsMax = 1_000;
/** The latest durations of each kind. */
const durationsMax = 16;
/** Later than nearly every hash, the slowest of sixteen apart: what takes longer than the wait can be told apart. */
const margin = 1.1;

export function createHashKinds({ db, keys, passwordCost, hashing, inBackground }: HashKindParts): HashKinds {
  const durations = new Map<string, number[]>();
  /** Kinds that were verified since the kinds were read. The others are measured again: their last durations can be of a busy time. */
  const measured = new Set<string>();
  let kinds: readonly HashKind[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const verify = async (hash: string, password: string): Promise<Verified> => {
    const askedAt = performance.now();
    return hashing.run(async () => {
      const startedAt = performance.now();
      const isCorrect = await verifyPassword(hash, password);
      note(kindOf(hash), performance.now() - startedAt);
      return { isCorrect, queuedMs: startedAt - askedAt };
    });
  };
  const note = (kind: string | null, milliseconds: number) => {
    if (kind === null) return;
    measured.add(kind);
    durations.set(kind, [...(durations.get(kind) ?? []), milliseconds].slice(-durationsMax));
  };
  const read = async () => {
    const found = await listHashKinds(db);
    const present = found.length > 0 ? found : [{ kind: kindOfCost(passwordCost), share: 1 }];
    for (const kind of durations.keys()) if (!present.some((one) => one.kind === kind)) durations.delete(kind);
    for (const { kind } of present) if (!measured.has(kind)) await verify(makeDecoy(kind), 'x').catch(() => undefined);
    kinds = present;
    measured.clear();
    readAt = performance.now();
  };
  const readOnce = () => {
    reading ??= runOutOfTime(read).finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    makeDecoyFor: async (login) => {
      if (kinds.length === 0) await readOnce();
      else if (performance.now() - readAt > freshMs) inBackground(readOnce);
      return makeDecoy(chooseKind(keys, kinds, login));
    },
    verify,
    untilSlowest: async (startedAt, { queuedMs }) => {
      const slowestMs = Math.max(0, ...[...durations.values()].map(takeLongest));
      const taken = performance.now() - startedAt - queuedMs;
      await sleep(Math.min(waitMsMax, Math.max(0, slowestMs * margin - taken)));
    },
  };
}

/** The longest of some durations; of sixteen, without the one that was longest by chance. */
function takeLongest(milliseconds: readonly number[]): number {
  const sorted = milliseconds.toSorted((a, b) => b - a);
  return sorted[sorted.length < durationsMax ? 0 : 1] ?? 0;
}
