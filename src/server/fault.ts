import type { Logger } from 'pino';
import { isUnavailable } from '../db/unavailable.ts';
import type { ReportedFault } from '../graphql/http/errors.ts';

const unavailableRetrySeconds = 5;

/** Logs a fault of ours under an id, which is all that the caller learns of it. */
export function reportFault(fault: unknown, log: Logger): ReportedFault {
  const correlationId = crypto.randomUUID();
  const isAway = isUnavailable(fault);
  log.error({ err: fault, correlationId }, isAway ? 'the database cannot be reached' : 'a request failed by our fault');
  return { correlationId, retryAfterSeconds: isAway ? unavailableRetrySeconds : null };
}
