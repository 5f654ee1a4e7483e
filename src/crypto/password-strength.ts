import { Worker } from 'node:worker_threads';
import type { TranslationKeys } from '@zxcvbn-ts/core';

/** How many guesses a password takes, from 0 (too few) to 4, and why they are few, by the names that zxcvbn gives the reasons. */
export type Strength = { readonly score: number; readonly reason: string | null; readonly suggestions: readonly string[] };

export type StrengthReason = keyof TranslationKeys['warnings'];
export type StrengthSuggestion = keyof TranslationKeys['suggestions'];

/** What is sent to the worker, and what it answers. */
export type StrengthRequest = { readonly id: number; readonly password: string; readonly names: readonly string[] };
export type StrengthAnswer = { readonly id: number; readonly strength: Strength };

/** Measures the strength of passwords on a thread of its own: it takes up to a third of a second. */
export type PasswordStrength = {
  /** @param names what an attacker tries first, such as the username. */
  measure(password: string, names: readonly string[]): Promise<Strength>;
  close(): Promise<void>;
};

type Pending = PromiseWithResolvers<Strength>;

/** The time grows with the square of the length and more. The rest of a password can only make it stronger. */
const codePointsMax = 32;
// The word lists take 35 MB. Without a bound, what a slow password leaves behind grows to 300 MB before it is collected.
const heapMegabytesMax = 128;
const youngMegabytesMax = 16;

/** The thread starts with the first password: it takes half a second and 90 MB to read the word lists. */
export function createPasswordStrength(): PasswordStrength {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  /** The next password starts another thread. */
  const end = (ended: Worker | undefined, error: Error) => {
    if (worker !== ended) return;
    worker = undefined;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  };
  const start = () => {
    const started = new Worker(new URL('./password-strength-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax, maxYoungGenerationSizeMb: youngMegabytesMax },
    });
    started.on('message', ({ id, strength }: StrengthAnswer) => {
      pending.get(id)?.resolve(strength);
      pending.delete(id);
      // A process that has nothing else to do may end.
      if (pending.size === 0) started.unref();
    });
    started.on('error', (error: Error) => end(started, error));
    started.on('exit', (code) => end(started, new Error(`the thread that measures passwords ended with ${code}`)));
    return started;
  };
  return {
    measure: (password, names) => {
      worker ??= start();
      worker.ref();
      lastId += 1;
      const measuring: Pending = Promise.withResolvers();
      pending.set(lastId, measuring);
      const begin = [...password.normalize('NFC')].slice(0, codePointsMax).join('');
      worker.postMessage({ id: lastId, password: begin, names } satisfies StrengthRequest);
      return measuring.promise;
    },
    close: async () => {
      const ended = worker;
      end(ended, new Error('the strength of passwords is not measured any more'));
      await ended?.terminate();
    },
  };
}
