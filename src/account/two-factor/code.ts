import { verifySync } from 'otplib';
import type { Transaction } from '../../db/database.ts';
import { CodeAlreadyUsed } from './refusals.ts';

const stepSeconds = 30;
/** RFC 6238 §5.2: one step before and after, for slow typing and inexact clocks. */
const stepsTolerated = 1;

/** The most code units of a code as it is typed, with blanks and dashes. */
export const codeUnitsMax = 64;

/** What people type, and phones insert, between the characters of a code: blanks, invisible characters and dashes. */
const separators = /[\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\p{Pd}\u2212]/gu;

/** A code or a recovery token without blanks, invisible characters and dashes. */
export function stripSeparators(typed: string): string {
  return typed.length > codeUnitsMax ? '' : typed.replaceAll(separators, '');
}

/** A code as it is typed, in ASCII digits: decimal digits of any script, without blanks and dashes. */
export function normalizeCode(typed: string): string {
  return stripSeparators(typed).replaceAll(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
}

/** Unicode has the decimal digits of a script in one row, from 0 to 9, and rows follow one another without a gap or with one. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}

/** The time step of a code as it is typed; null when it is the code of no step that is accepted now. */
export function matchStep(secret: string, typed: string, now: Date): number | null {
  const code = normalizeCode(typed);
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
