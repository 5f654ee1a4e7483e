import { isRefusal } from '../account/operations.ts';
import { InvalidInput, NotFound } from '../account/refusals.ts';
import { explainError } from '../server/explain.ts';
import { Unusable } from './speech.ts';

/** Why a command was not done: a line, or one line for each issue of its input. */
export function explainRefusal(error: unknown): string {
  if (error instanceof InvalidInput) return error.issues.map(({ field, message }) => `${field}: ${message}`).join('\n');
  if (error instanceof NotFound) return 'username: There is no such account.';
  if (isRefusal(error) || error instanceof Unusable) return error.message;
  return explainError(error);
}
