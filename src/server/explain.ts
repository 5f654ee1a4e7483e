import { ConfigError } from '../config/environment.ts';
import { DatabaseUnusable } from '../db/unusable.ts';

const mendable = [ConfigError, DatabaseUnusable];

/** Says an error to an operator: in one line when they can mend it; anything else is a bug and keeps its stack. */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isMendable = mendable.some((known) => error instanceof known) || 'syscall' in error;
  return isMendable ? error.message : (error.stack ?? error.message);
}
