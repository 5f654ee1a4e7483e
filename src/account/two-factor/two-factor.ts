import { seal, unseal } from '../../crypto/seal.ts';
import type { Transaction, TwoFactor } from '../../db/database.ts';
import type { Actor } from '../actor.ts';
import { type ChangeEvent, change } from '../change.ts';
import { guessesOfChange } from '../guesses.ts';
import { parse } from '../input.ts';
import { operation, type RawInput } from '../operation.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../refusals.ts';
import { endOtherSessions, sessionsEnded } from '../sessions/sessions.ts';
import { guess, verifyPassword } from '../verify.ts';
import { consumeStep, matchStep } from './code.ts';
import { confirmationInput, passwordOnlyInput } from './input.ts';
import { deletePending, findPending, secretOwner } from './pending.ts';
import { replaceRecoveryTokens } from './recovery-tokens.ts';
import { CodeAlreadyUsed, InvalidCode, TwoFactorAlreadyEnabled, TwoFactorNotEnabled, TwoFactorSetupMissing } from './refusals.ts';

export const enableTwoFactor = operation({
  name: 'enableTwoFactor',
  description:
    'Enables two-factor authentication with the secret that `twoFactorSetup` gave to this session or API key, and ends the other sessions of the account.',
  input: confirmationInput,
  refusals: [InvalidInput, IncorrectPassword, TwoFactorAlreadyEnabled, TwoFactorSetupMissing, InvalidCode, RateLimited, Overloaded],
  requires: { credential: 'any' },
  run: (actor, input) =>
    confirm(actor, input, (row) => {
      if (isEnabled(row)) throw new TwoFactorAlreadyEnabled();
    }),
});

/** The panel has one operation for both. */
export const enableOrRenewTwoFactor = operation({
  name: 'enableOrRenewTwoFactor',
  description:
    'Enables two-factor authentication; where it is enabled, replaces the recovery tokens. Ends the other sessions of the account.',
  input: confirmationInput,
  refusals: [InvalidInput, IncorrectPassword, TwoFactorSetupMissing, InvalidCode, CodeAlreadyUsed, RateLimited, Overloaded],
  requires: { credential: 'any' },
  run: (actor, input) => confirm(actor, input, () => undefined),
});

async function confirm(
  actor: Actor,
  input: RawInput<typeof confirmationInput>,
  check: (row: TwoFactor | null) => void,
): Promise<{ recoveryTokens: string[] }> {
  const { code, password } = parse(confirmationInput, input);
  const verified = await verifyPassword(actor, password);
  const { tools, accountId } = actor;
  const confirmOnce = async (transaction: Transaction) => {
    const row = await transaction.twoFactor.findUnique({ where: { accountId } });
    check(row);
    if (row?.secret == null) await enable(transaction, actor, code);
    else {
      const step = matchStep(unseal(tools.keys, secretOwner(accountId), row.secret), code, actor.now());
      if (step === null) throw new InvalidCode('code');
      await consumeStep(transaction, accountId, step, actor.now());
    }
    const sessions = await endOtherSessions(transaction, actor);
    const recoveryTokens = await replaceRecoveryTokens(transaction, actor);
    const enabled: ChangeEvent[] = isEnabled(row) ? [] : [['two-factor.enabled']];
    const events = [...enabled, ...sessionsEnded(sessions, 'two-factor enabled')];
    return { result: { recoveryTokens }, activity: { event: 'user:two-factor.create' as const }, events };
  };
  return guess(tools, guessesOfChange(actor, verified), () => change(actor, verified, confirmOnce));
}

/** Enables the pending secret of the credential that acts. The step of the code counts as used with this secret. */
async function enable(transaction: Transaction, actor: Actor, code: string): Promise<void> {
  const { tools, accountId } = actor;
  const pending = await findPending(transaction, actor);
  if (!pending) throw new TwoFactorSetupMissing();
  const lastStep = matchStep(pending.secret, code, actor.now());
  if (lastStep === null) throw new InvalidCode('code');
  const data = { secret: seal(tools.keys, secretOwner(accountId), pending.secret), lastStep, pendingSecret: null, pendingExpiresAt: null };
  await transaction.twoFactor.upsert({ where: { accountId }, create: { accountId, ...data }, update: data });
  await deletePending(transaction, actor);
}

export const disableTwoFactor = operation({
  name: 'disableTwoFactor',
  description:
    'Disables two-factor authentication, deletes its secret and the recovery tokens, and ends the other sessions of the account.',
  input: passwordOnlyInput,
  refusals: [InvalidInput, IncorrectPassword, TwoFactorNotEnabled, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.password);
    return change(actor, verified, async (transaction) => {
      if (!(await removeTwoFactor(transaction, actor.accountId))) throw new TwoFactorNotEnabled();
      const sessions = await endOtherSessions(transaction, actor);
      const events: ChangeEvent[] = [['two-factor.disabled'], ...sessionsEnded(sessions, 'two-factor disabled')];
      return { result: undefined, activity: { event: 'user:two-factor.delete' }, events };
    });
  },
});

export const regenerateRecoveryTokens = operation({
  name: 'regenerateRecoveryTokens',
  description: 'Replaces the recovery tokens by ten new ones. The old tokens are no longer accepted.',
  input: passwordOnlyInput,
  refusals: [InvalidInput, IncorrectPassword, TwoFactorNotEnabled, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.password);
    const { accountId } = actor;
    return change(actor, verified, async (transaction) => {
      if (!isEnabled(await transaction.twoFactor.findUnique({ where: { accountId } }))) throw new TwoFactorNotEnabled();
      const recoveryTokens = await replaceRecoveryTokens(transaction, actor);
      return { result: { recoveryTokens }, activity: { event: 'user:two-factor.recovery-tokens-regenerated' } };
    });
  },
});

/** Whether a row says that two-factor authentication is enabled. */
export function isEnabled(row: Pick<TwoFactor, 'secret'> | null): boolean {
  return row?.secret != null;
}

/** Whether two-factor authentication is enabled on the actor's account. */
export async function isTwoFactorEnabled({ tools, accountId }: Actor): Promise<boolean> {
  return isEnabled(await tools.db.twoFactor.findFirst({ where: { accountId }, select: { secret: true } }));
}

/** Counts the recovery tokens that the actor's account has left. */
export function countRecoveryTokens({ tools, accountId }: Actor): Promise<number> {
  return tools.db.recoveryToken.count({ where: { accountId } });
}

/** Deletes the secret and the recovery tokens. False when two-factor authentication was not enabled. */
export async function removeTwoFactor(transaction: Transaction, accountId: number): Promise<boolean> {
  const { count } = await transaction.twoFactor.deleteMany({ where: { accountId, secret: { not: null } } });
  await transaction.recoveryToken.deleteMany({ where: { accountId } });
  return count > 0;
}
