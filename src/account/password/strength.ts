import type { Strength, StrengthReason, StrengthSuggestion } from '../../crypto/password-strength.ts';
import { QueueFull } from '../../rate-limits/queue.ts';
import type { Tools } from '../actor.ts';
import { Overloaded } from '../refusals.ts';

/** Why a password is easy to guess: the rule that it breaks, and a sentence with the reason and one with what to do. */
export type GuessFault = { readonly rule: 'common' | 'personal' | 'guessable'; readonly message: string };

const reasons: Readonly<Record<StrengthReason, string>> = {
  straightRow: 'A row of keys is easy to guess.',
  keyPattern: 'A short pattern of keys is easy to guess.',
  simpleRepeat: 'A repeated character is easy to guess.',
  extendedRepeat: 'A repeated group of characters is easy to guess.',
  sequences: 'A sequence of characters such as abc or 6543 is easy to guess.',
  recentYears: 'A recent year is easy to guess.',
  dates: 'A date is easy to guess.',
  topTen: 'This is one of the ten most common passwords.',
  topHundred: 'This is one of the hundred most common passwords.',
  common: 'This is a common password.',
  similarToCommon: 'This is similar to a common password.',
  wordByItself: 'A single word is easy to guess.',
  namesByThemselves: 'A single name is easy to guess.',
  commonNames: 'Common names are easy to guess.',
  userInputs: 'This password has a name of the account or of this service in it.',
  pwned: 'This password is on a list of stolen passwords.',
};

const suggestions: Readonly<Record<StrengthSuggestion, string>> = {
  l33t: 'Use other words: an @ for an a, or a 0 for an o, is easy to guess.',
  reverseWords: 'Use other words: a reversed word is easy to guess.',
  allUppercase: 'Use capitals for some letters only.',
  capitalization: 'Use capitals beyond the first letter.',
  dates: 'Use no date of your life.',
  recentYears: 'Use no recent year.',
  associatedYears: 'Use no year of your life.',
  sequences: 'Use no sequence of characters.',
  repeated: 'Use no word or character twice.',
  longerKeyboardPattern: 'Use a longer pattern of keys with more turns.',
  anotherWord: 'Use more words, and rarer ones.',
  useWords: 'Use several words that do not belong together.',
  noNeed: 'Use words: digits, symbols and capitals are not required.',
  pwned: 'Replace this password everywhere.',
};

const unknownReason = 'This password is easy to guess.';
const commonReasons: readonly string[] = ['topTen', 'topHundred', 'common', 'similarToCommon', 'pwned'];

/** Parts of names that are shorter occur in many words. */
const partCharactersMin = 3;

/**
 * Finds why a password is easy to guess, in the queue that bounds how many are measured; null for one that is not.
 * @param names the names of the account and of the service.
 * @throws Overloaded when too many wait.
 */
export async function findGuessFault(tools: Tools, password: string, names: readonly string[]): Promise<GuessFault | null> {
  const { strength, passwordScoreMin } = tools;
  if (names.some((name) => name.toLowerCase() === password.toLowerCase())) return describe(ownName);
  const measured = await tools.measuring.run(() => strength.measure(password, partsOf(names))).catch(refuseFull);
  return measured.score < passwordScoreMin ? describe(measured) : null;
}

const ownName: Strength = { score: 0, reason: 'userInputs', suggestions: ['anotherWord'] };

function describe({ reason, suggestions: named }: Strength): GuessFault {
  const rule = reason === 'userInputs' ? 'personal' : reason !== null && commonReasons.includes(reason) ? 'common' : 'guessable';
  const [advice = 'anotherWord', second] = named;
  const sentences = [
    reason === null ? unknownReason : find(reasons, reason),
    find(suggestions, advice),
    second && find(suggestions, second),
  ];
  return { rule, message: sentences.filter(Boolean).join(' ') };
}

function find(sentences: Readonly<Record<string, string>>, name: string): string {
  return sentences[name] ?? unknownReason;
}

/** The names, and the words in them: of `ada@example.com` also ada and example. */
function partsOf(names: readonly string[]): string[] {
  const parts = names.flatMap((name) => [name, name.replaceAll(/[^\p{L}\p{N}]+/gu, ''), ...name.split(/[^\p{L}\p{N}]+/u)]);
  return [...new Set(parts)].filter((part) => part.length >= partCharactersMin);
}

function refuseFull(error: unknown): never {
  throw error instanceof QueueFull ? new Overloaded(error.retryAfterSeconds) : error;
}
