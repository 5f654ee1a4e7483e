import { verifySync } from 'otplib';
import type { Transaction } from '../../db/database.ts';
import { CodeAlreadyUsed } from './refusals.ts';

const stepSeconds = 30;
/** RFC 6238 §5.2: one step before and after, for slow typing and inexact clocks. */
const stepsTolerated = 1;

/** The time step of a code; null when it is the code of no step that is accepted now. */
export function matchStep(secret: string, code: string, now: Date): number | null {
  if (!/^\d{6}$/.test(code)) return null;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({ secret, token: code, epoch, period: stepSeconds, epochTolerance: stepsTolerated * stepSeconds });
  return result.valid && 'timeStep' in result ? result.timeStep : null;
}

/**
 * RFC 6238 §5.2: a code is accepted once. Every operation that takes a code uses up its step here, and this one statement
 * decides between two uses at the same time.
 * @throws CodeAlreadyUsed when this step or a later one was used before.
 */
export async function consumeStep(transaction: Transaction, accountId: number, step: number, now: Date): Promise<void> {
  const { count } = await transaction.twoFactor.updateMany({
    where: { accountId, lastStep: { lt: step } },
    data: { lastStep: step },
  });
  if (count === 0) throw new CodeAlreadyUsed(secondsUntilAfter(step, now));
}

function secondsUntilAfter(step: number, now: Date): number {
  return Math.max(0, Math.ceil((step + 1) * stepSeconds - now.getTime() / 1000));
}
