import { ConfigError } from '../config/environment.ts';
import { isUnavailable, reasonsOf } from '../db/unavailable.ts';
import { DatabaseUnusable } from '../db/unusable.ts';

/** Says an error to an operator: in one line when they can act on it; anything else is a bug and keeps its stack. */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ConfigError || error instanceof DatabaseUnusable) return error.message;
  if (isUnavailable(error)) return `the database failed: ${reasonsOf(error).join('; ')}`;
  return 'syscall' in error ? error.message : (error.stack ?? error.message);
}
