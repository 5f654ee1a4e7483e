import { isRefusal } from '../account/operations.ts';
import { InvalidInput, NotFound } from '../account/refusals.ts';
import { explainError } from '../server/explain.ts';
import { CommandRefused } from './lines.ts';

/** The reason why a command was refused: one line, or one for each issue of its input. */
export function explainRefusal(error: unknown): string {
  if (error instanceof InvalidInput) return error.issues.map(({ field, message }) => `${field}: ${message}`).join('\n');
  if (error instanceof NotFound) return 'username: No account has this username.';
  if (isRefusal(error) || error instanceof CommandRefused) return error.message;
  return explainError(error);
}
