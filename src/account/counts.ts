import type { RateLimit } from './refusals.ts';

/** How a sign-in ends, other than by a fault. */
export const signInOutcomes = ['succeeded', 'failed', 'locked', 'overloaded', 'second_factor_required'] as const;
export type SignInOutcome = (typeof signInOutcomes)[number];

/** Where wrong secrets come from. */
export const guessSources = ['browser', 'network', 'session', 'apiKey', 'operator'] as const;
export type GuessSource = (typeof guessSources)[number];

/** Counts what operators watch. */
export type Counts = {
  signIn(outcome: SignInOutcome): void;
  /** A secret was not checked: its source has used up its wrong secrets. */
  lockOut(source: GuessSource): void;
  rateLimited(limit: RateLimit): void;
};
