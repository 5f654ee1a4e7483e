/** A number of wrong secrets that is allowed in a window. The window begins with the first of them. */
export type Counter = {
  /** A keyed hash of fixed size, so that no caller can make a counter large or find the one of a login. */
  readonly key: string;
  readonly limit: number;
  readonly windowSeconds: number;
};

/** A guess that was counted, or the seconds until the next one is allowed. */
export type Taken =
  | { readonly waitSeconds: number }
  | {
      readonly waitSeconds: null;
      /** Counts the guess no longer: in the windows that it was counted in, and in no later ones. */
      giveBack(): Promise<void>;
    };

/** Counts guesses before they are verified, so that guesses at the same time are all counted. */
export type GuessCounters = {
  /** Counts a guess in every counter, or in none where one of them is used up. */
  take(counters: readonly Counter[]): Promise<Taken>;
  clear(keys: readonly string[]): Promise<void>;
};
