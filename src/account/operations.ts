import { createApiKey, deleteApiKey } from './api-keys/api-keys.ts';
import { updatePassword } from './password/password.ts';
import { updateEmail, updateProfile, updateUsername } from './profile/profile.ts';
import { type denials, type OutcomeUnknown, Refusal } from './refusals.ts';
import { completeSignIn } from './sessions/challenge.ts';
import { revokeOtherSessions, revokeSession, signOut } from './sessions/sessions.ts';
import { signIn } from './sessions/sign-in.ts';
import { addSshKey, removeSshKey } from './ssh-keys/ssh-keys.ts';
import { disableTwoFactor, enableOrRenewTwoFactor, enableTwoFactor, regenerateRecoveryTokens } from './two-factor/two-factor.ts';

/** Every operation of an account. */
export const operations = [
  updateEmail,
  updateUsername,
  updateProfile,
  updatePassword,
  enableTwoFactor,
  enableOrRenewTwoFactor,
  disableTwoFactor,
  regenerateRecoveryTokens,
  createApiKey,
  deleteApiKey,
  addSshKey,
  removeSshKey,
  signIn,
  completeSignIn,
  signOut,
  revokeSession,
  revokeOtherSessions,
] as const;

/** Every refusal of an operation or of a request. */
export type AnyRefusal = InstanceType<(typeof operations)[number]['refusals'][number] | (typeof denials)[number] | typeof OutcomeUnknown>;
export type RefusalName = AnyRefusal['name'];

/** Whether an error is an expected answer. Any other error is a bug. */
export function isRefusal(error: unknown): error is AnyRefusal {
  return error instanceof Refusal;
}
