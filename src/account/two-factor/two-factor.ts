import { z } from 'zod';
import { unseal } from '../../crypto/seal.ts';
import type { Database, Transaction, TwoFactor } from '../../db/database.ts';
import { recordActivity } from '../activity/activity.ts';
import { type Actor, sessionIdOf } from '../actor.ts';
import { accountAttempts, attempt } from '../attempts.ts';
import { broken, countCodePoints, currentPassword, parseInput } from '../input.ts';
import { assertPassword } from '../password/password.ts';
import { lockAccount } from '../profile/profile.ts';
import { InvalidCode, TwoFactorAlreadyEnabled, TwoFactorNotEnabled, TwoFactorSetupMissing } from '../refusals.ts';
import { endOtherSessions } from '../sessions/sessions.ts';
import { consumeStep, matchStep } from './code.ts';
import { replaceRecoveryTokens } from './recovery-tokens.ts';
import { secretOwner } from './setup.ts';

const codeCharacters = 6;

/** What turns two-factor on. */
export const enableInput = z.object({
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

/** What turns two-factor off: the password. */
export const disableInput = z.object({ password: currentPassword });

/** What confirms a secret: a code of it, and the password. */
export type TwoFactorConfirmation = { code: unknown; password: unknown };

/**
 * Turns two-factor on with the secret that is set up, once a code shows that the authenticator has it.
 * @returns ten recovery tokens, for the only time.
 * @throws InvalidInput, IncorrectPassword, TwoFactorAlreadyEnabled, TwoFactorSetupMissing, InvalidCode, CodeAlreadyUsed.
 */
export function enableTwoFactor(actor: Actor, input: TwoFactorConfirmation): Promise<string[]> {
  return confirmTwoFactor(actor, input, (row) => {
    if (row?.secret != null) throw new TwoFactorAlreadyEnabled();
  });
}

/**
 * The panel's two in one: turns two-factor on or, where it is on, replaces the recovery tokens for a fresh code.
 * @returns ten recovery tokens, for the only time.
 * @throws InvalidInput, IncorrectPassword, TwoFactorSetupMissing, InvalidCode, CodeAlreadyUsed.
 */
export function enableOrRenewTwoFactor(actor: Actor, input: TwoFactorConfirmation): Promise<string[]> {
  return confirmTwoFactor(actor, input, () => undefined);
}

async function confirmTwoFactor(actor: Actor, input: TwoFactorConfirmation, check: (row: TwoFactor | null) => void): Promise<string[]> {
  const { code, password } = parseInput(enableInput, input);
  await assertPassword(actor, password);
  const { accountId } = actor;
  const confirm = async (transaction: Transaction) => {
    await lockAccount(transaction, accountId);
    const row = await transaction.twoFactor.findUnique({ where: { accountId } });
    check(row);
    const secret = row?.secret ?? unexpiredSecret(row, actor.now());
    const step = matchStep(unseal(actor.tools.keys, secretOwner(accountId), secret), code, actor.now());
    if (step === null) throw new InvalidCode();
    await consumeStep(transaction, accountId, step, actor.now());
    await transaction.twoFactor.update({ where: { accountId }, data: { secret, pendingSecret: null, pendingExpiresAt: null } });
    await endOtherSessions(transaction, { accountId: actor.accountId, keptSessionId: sessionIdOf(actor) });
    await recordActivity(transaction, actor, 'user:two-factor.create');
    return replaceRecoveryTokens(transaction, actor);
  };
  return attempt(actor.tools, accountAttempts(accountId), () => actor.tools.db.$transaction(confirm));
}

function unexpiredSecret(row: TwoFactor | null, now: Date): string {
  if (!row?.pendingSecret || !row.pendingExpiresAt || row.pendingExpiresAt <= now) throw new TwoFactorSetupMissing();
  return row.pendingSecret;
}

/** Whether two-factor is on. */
export async function isTwoFactorEnabled({ db, accountId }: { db: Database | Transaction; accountId: number }): Promise<boolean> {
  const row = await db.twoFactor.findUnique({ where: { accountId }, select: { secret: true } });
  return row?.secret != null;
}

/**
 * Turns two-factor off and forgets the secret and the recovery tokens.
 * @throws IncorrectPassword, TwoFactorNotEnabled.
 */
export async function disableTwoFactor(actor: Actor, input: { password: unknown }): Promise<void> {
  await assertPassword(actor, input.password);
  await actor.tools.db.$transaction(async (transaction) => {
    await lockAccount(transaction, actor.accountId);
    if (!(await removeTwoFactor(transaction, actor.accountId))) throw new TwoFactorNotEnabled();
    await endOtherSessions(transaction, { accountId: actor.accountId, keptSessionId: sessionIdOf(actor) });
    await recordActivity(transaction, actor, 'user:two-factor.delete');
  });
}

/**
 * Replaces the recovery tokens; the old ones open nothing any more.
 * @returns ten new ones, for the only time.
 * @throws IncorrectPassword, TwoFactorNotEnabled.
 */
export async function regenerateRecoveryTokens(actor: Actor, input: { password: unknown }): Promise<string[]> {
  await assertPassword(actor, input.password);
  const { accountId } = actor;
  return actor.tools.db.$transaction(async (transaction) => {
    await lockAccount(transaction, accountId);
    if (!(await isTwoFactorEnabled({ db: transaction, accountId }))) throw new TwoFactorNotEnabled();
    await recordActivity(transaction, actor, 'user:two-factor.recovery-tokens-regenerated');
    return replaceRecoveryTokens(transaction, actor);
  });
}

/** Forgets secret and recovery tokens; answers whether two-factor was on. */
export async function removeTwoFactor(transaction: Transaction, accountId: number): Promise<boolean> {
  const { count } = await transaction.twoFactor.deleteMany({ where: { accountId, secret: { not: null } } });
  await transaction.recoveryToken.deleteMany({ where: { accountId } });
  return count > 0;
}
