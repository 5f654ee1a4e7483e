import { nameCounter } from '../crypto/token.ts';
import type { Counter } from '../rate-limits/counter.ts';
import type { Actor, Tools, Visitor } from './actor.ts';
import type { GuessSource } from './counts.ts';
import { RateLimited } from './refusals.ts';
import { logEvent, reachLimit } from './security-events.ts';

/** What the wrong secrets of one source are counted in. */
export type Guesses = {
  readonly source: GuessSource;
  readonly counters: readonly Counter[];
  /** The counters of the source alone, which a complete sign-in clears. */
  readonly own: readonly string[];
  /** The refusal while a counter is used up. */
  refuse(waitSeconds: number): RateLimited;
};

type Name = readonly (string | number)[];

export const windowSeconds = 15 * 60;
export const daySeconds = 86_400;
/** The username and the e-mail address. */
export const loginsOfAccount = 2;

/**
 * The guesses of a sign-in: of a folded login, from a browser that signed in to its account before, else from a network. All
 * networks together have a limit per day and login, which is the same for a login of no account.
 * (OWASP, Slow Down Online Guessing Attacks with Device Cookies.)
 * @param device the id of the browser; null for one that is not known.
 * @param account null where no account has the login.
 */
export function guessesOfLogin(
  visitor: Visitor,
  login: string,
  account: { readonly id: number; readonly guessGeneration: number } | null,
  device: string | null,
): Guesses {
  const { tools, network } = visitor;
  const generation = account?.guessGeneration ?? 0;
  const refuse = (waitSeconds: number) => {
    logEvent(visitor, 'sign-in.locked', account ? { accountId: account.id } : {});
    return new RateLimited(waitSeconds, 'wrongSecrets');
  };
  if (device !== null) {
    const counters = [...inWindow(tools, ['browser', generation, login, device]), ...inDay(tools, ['browser day', generation, device], 1)];
    return { source: 'browser', counters, own: counters.map(({ key }) => key), refuse };
  }
  const own = inWindow(tools, ['network', generation, login, network]);
  const counters = [...own, ...inDay(tools, ['login day', generation, login], loginsOfAccount)];
  return { source: 'network', counters, own: own.map(({ key }) => key), refuse };
}

/**
 * The guesses of a change: of the session, or of the family of the API key. Families that were made in a session share its
 * limit per day, also after the session or the key has gone: making keys gives no further guesses.
 */
export function guessesOfChange(actor: Actor, { guessGeneration: generation }: { readonly guessGeneration: number }): Guesses {
  const { tools, credential, accountId } = actor;
  const of = (source: GuessSource, window: Name, day: Name): Guesses => {
    const counters = [...inWindow(tools, [...window, generation]), ...inDay(tools, [...day, generation], 1)];
    return { source, counters, own: counters.map(({ key }) => key), refuse: (wait) => reachLimit(actor, 'wrongSecrets', wait) };
  };
  if (credential.kind === 'session') return of('session', ['session', credential.id], ['session day', credential.id]);
  if (credential.kind === 'operator') return of('operator', ['operator', accountId], ['operator day', accountId]);
  const { familyId, madeInSessionId } = credential;
  return of('apiKey', ['family', familyId], madeInSessionId === null ? ['family day', familyId] : ['session day', madeInSessionId]);
}

function inWindow({ keys, limits }: Tools, name: Name): Counter[] {
  const limit = limits.wrongSecretsPer15Minutes;
  return limit === 0 ? [] : [{ key: nameCounter(keys, name), limit, windowSeconds }];
}

function inDay({ keys, limits }: Tools, name: Name, sharers: number): Counter[] {
  const limit = Math.ceil(limits.wrongSecretsPerDay / sharers);
  return limit === 0 ? [] : [{ key: nameCounter(keys, name), limit, windowSeconds: daySeconds }];
}
