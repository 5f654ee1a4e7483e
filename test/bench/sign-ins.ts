import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Data, password } from './data.ts';
import * as documents from './documents.ts';

const clients = 200;
/** A client waits before it retries. */
const retryMs = 1_000;

export type SignIns = { perSecond: number; refusedPerSecond: number };

/** Lets 200 clients sign in without end, each to an account of its own, until it is stopped. */
export function startSignIns(origin: string, { usernames }: Data): { stop(): Promise<SignIns> } {
  const from = performance.now();
  const counted = { done: 0, refused: 0 };
  let isOver = false;
  const signIn = async (login: string) => {
    const body = JSON.stringify({ query: documents.signIn, variables: { input: { login, password } } });
    const response = await fetch(`${origin}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await response.text();
    if (text.includes('"SignInPayload"')) counted.done += 1;
    else if (text.includes('"Overloaded"')) counted.refused += 1;
    else throw new Error(`a sign-in was answered ${response.status} ${text}`);
    if (text.includes('"Overloaded"')) await sleep(retryMs);
  };
  const run = async (login: string) => {
    while (!isOver) await signIn(login);
  };
  const running = Promise.all(usernames.slice(0, clients).map(run));
  return {
    stop: async () => {
      isOver = true;
      const seconds = (performance.now() - from) / 1_000;
      const { done, refused } = counted;
      await running;
      return { perSecond: done / seconds, refusedPerSecond: refused / seconds };
    },
  };
}

/** How many passwords a second are verified alone, in a process of its own. */
export function measureHashes({ passwordHash }: Data, seconds: number): number {
  const file = fileURLToPath(new URL('argon2.ts', import.meta.url));
  return Number(execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', file, passwordHash, password, String(seconds)]));
}
