import { z } from 'zod';
import { unseal } from '../../crypto/seal.ts';
import type { Transaction } from '../../db/database.ts';
import { recordActivity } from '../activity.ts';
import { InvalidCode, TwoFactorAlreadyEnabled, TwoFactorNotEnabled, TwoFactorSetupMissing } from '../errors.ts';
import { broken, countCodePoints, parseInput } from '../input.ts';
import { assertPassword } from '../password.ts';
import { lockAccount } from '../profile.ts';
import { endOtherSessions } from '../sessions.ts';
import type { Viewer } from '../viewer.ts';
import { consumeStep, matchStep } from './code.ts';
import { replaceRecoveryTokens } from './recovery-tokens.ts';
import { secretOwner } from './setup.ts';

const codeCharacters = 6;

const enableInput = z.object({
  code: z
    .string()
    .trim()
    .superRefine((value, context) => {
      if (value === '') return context.addIssue(broken('required'));
      if (countCodePoints(value) !== codeCharacters) context.addIssue(broken('size', codeCharacters));
    })
    .meta({ minLength: codeCharacters, maxLength: codeCharacters }),
  password: z.string().superRefine((value, context) => {
    if (value === '') context.addIssue(broken('required'));
  }),
});

/**
 * Turns two-factor on with the secret that is set up, once a code shows that the authenticator has it.
 * @returns ten recovery tokens, for the only time.
 * @throws InvalidInput, IncorrectPassword, TwoFactorAlreadyEnabled, TwoFactorSetupMissing, InvalidCode, CodeAlreadyUsed.
 */
export async function enableTwoFactor(viewer: Viewer, input: { code: unknown; password: unknown }): Promise<string[]> {
  const { code, password } = parseInput(enableInput, input);
  await assertPassword(viewer, password);
  const { accountId } = viewer;
  return viewer.db.$transaction(async (transaction) => {
    await lockAccount(transaction, accountId);
    const row = await transaction.twoFactor.findUnique({ where: { accountId } });
    if (row?.secret != null) throw new TwoFactorAlreadyEnabled();
    if (!row?.pendingSecret || !row.pendingExpiresAt || row.pendingExpiresAt <= viewer.now()) throw new TwoFactorSetupMissing();
    const step = matchStep(unseal(viewer.keys, secretOwner(accountId), row.pendingSecret), code, viewer.now());
    if (step === null) throw new InvalidCode();
    await consumeStep(transaction, viewer, step);
    await transaction.twoFactor.update({
      where: { accountId },
      data: { secret: row.pendingSecret, pendingSecret: null, pendingExpiresAt: null },
    });
    await endOtherSessions(transaction, viewer);
    await recordActivity(transaction, viewer, 'user:two-factor.create');
    return replaceRecoveryTokens(transaction, viewer);
  });
}

/**
 * Turns two-factor off and forgets the secret and the recovery tokens.
 * @throws IncorrectPassword, TwoFactorNotEnabled.
 */
export async function disableTwoFactor(viewer: Viewer, input: { password: unknown }): Promise<void> {
  await assertPassword(viewer, input.password);
  await viewer.db.$transaction(async (transaction) => {
    await lockAccount(transaction, viewer.accountId);
    if (!(await removeTwoFactor(transaction, viewer.accountId))) throw new TwoFactorNotEnabled();
    await endOtherSessions(transaction, viewer);
    await recordActivity(transaction, viewer, 'user:two-factor.delete');
  });
}

/**
 * Replaces the recovery tokens; the old ones open nothing any more.
 * @returns ten new ones, for the only time.
 * @throws IncorrectPassword, TwoFactorNotEnabled.
 */
export async function regenerateRecoveryTokens(viewer: Viewer, input: { password: unknown }): Promise<string[]> {
  await assertPassword(viewer, input.password);
  const { accountId } = viewer;
  return viewer.db.$transaction(async (transaction) => {
    await lockAccount(transaction, accountId);
    const row = await transaction.twoFactor.findUnique({ where: { accountId }, select: { secret: true } });
    if (row?.secret == null) throw new TwoFactorNotEnabled();
    await recordActivity(transaction, viewer, 'user:two-factor.recovery-tokens-regenerated');
    return replaceRecoveryTokens(transaction, viewer);
  });
}

/** Forgets secret and recovery tokens; answers whether two-factor was on. */
export async function removeTwoFactor(transaction: Transaction, accountId: number): Promise<boolean> {
  const { count } = await transaction.twoFactor.deleteMany({ where: { accountId, secret: { not: null } } });
  await transaction.recoveryToken.deleteMany({ where: { accountId } });
  return count > 0;
}
