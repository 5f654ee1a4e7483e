import type { Logger } from 'pino';
import { isUnavailable } from '../db/unavailable.ts';
import { RequestTimeout } from './deadline.ts';

const retryAfterSeconds = 5;

/** Logs an error that is no refusal. @returns what the answer says: the id in the log, and when to retry, if that can help. */
export function reportFault(log: Logger, requestId: string, fault: unknown) {
  if (fault instanceof RequestTimeout) log.error({ requestId }, fault.message);
  else if (isUnavailable(fault)) log.error({ err: fault, requestId }, 'the database cannot be reached');
  else log.error({ err: fault, requestId }, 'a request failed by our fault');
  const isTemporary = fault instanceof RequestTimeout || isUnavailable(fault);
  return { correlationId: requestId, retryAfterSeconds: isTemporary ? retryAfterSeconds : null };
}
