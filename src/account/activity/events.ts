/** What can happen to an account, by the panel's names where it has one. */
export const activityEvents = [
  'auth:success',
  'auth:fail',
  'auth:checkpoint',
  'auth:token',
  'auth:recovery-token',
  'auth:ip-blocked',
  'user:account.email-changed',
  'user:account.password-changed',
  'user:account.username-changed',
  'user:account.profile-changed',
  'user:account.renamed',
  'user:account.disabled',
  'user:account.enabled',
  'user:account.unlocked',
  'user:two-factor.create',
  'user:two-factor.delete',
  'user:two-factor.recovery-tokens-regenerated',
  'user:api-key.create',
  'user:api-key.delete',
  'user:ssh-key.create',
  'user:ssh-key.delete',
  'user:sessions.end',
] as const;

export type ActivityEvent = (typeof activityEvents)[number];
