import { expect } from 'vitest';
import type { ActivityEvent } from '../src/account/activity/events.ts';
import type { operations } from '../src/account/operations.ts';
import { addSshKey } from '../src/account/ssh-keys/ssh-keys.ts';
import { codeFor } from './harness.ts';
import {
  after,
  afterUse,
  type Bench,
  challenge,
  confirmation,
  confirmationAgain,
  insertApiKey,
  insertSession,
  insertSshKey,
  ofAnother,
  type Prepare,
  whenEnabled,
  whileQueueIsFull,
} from './preparations.ts';
import { makeSshLine } from './ssh-line.ts';

type AnyOperation = (typeof operations)[number];

/** A row of activity; of the account itself, where `actorId` is not given. */
type Row = { readonly event: ActivityEvent; readonly properties?: object; readonly actorId?: null };

/** A way in which an operation succeeds. */
export type Way = {
  readonly input: Prepare;
  /** The rows of activity that it leaves, oldest first. */
  readonly leaves: readonly Row[];
  /** The rows that it leaves with an API key, where these are others. */
  readonly leavesByKey?: readonly Row[];
  /** Whether nothing else is changed. */
  readonly changesNothing?: true;
};

export type Case<RefusalName extends string> = {
  readonly ways: Readonly<Record<string, Way>>;
  /** An input for each. Before `RateLimited`, the wrong secrets of its source are used up. */
  readonly refusals: Readonly<Record<RefusalName, Prepare>>;
  /** Why no lock of the account is taken. */
  readonly withoutLock?: string;
};

/** Does not compile where an operation or one of its refusals is missing. */
type Cases = { readonly [One in AnyOperation as One['name']]: Case<InstanceType<One['refusals'][number]>['name']> };

/** The environment that the cases need: limits that are soon reached. */
export const env = {
  LIMIT_API_KEYS: '3',
  LIMIT_SSH_KEYS: '3',
  LIMIT_SIGN_INS_PER_MINUTE: '0',
  LIMIT_WRONG_SECRETS_PER_15_MINUTES: '3',
};

const sshKey = { name: 'x', publicKey: makeSshLine() };
const from = { ip: '192.0.2.7', useragent: 'agent/1' };

const password = ({ person }: Bench) => ({ password: person.password });
const email = ({ person }: Bench) => ({ email: `new.${person.email}`, password: person.password });
const username = ({ person }: Bench) => ({ username: `New.${person.username}`, password: person.password });
const newPassword = ({ person }: Bench) => ({ currentPassword: person.password, newPassword: 'another long one' });
const login = ({ person }: Bench) => ({ login: person.username, password: person.password });
const byCode = challenge(({ secret }, now) => ({ code: codeFor(secret, now) }));
const byRecoveryToken = challenge(({ recoveryTokens: [recoveryToken] }) => ({ recoveryToken }));

const but = (input: Prepare, wrong: object) => async (bench: Bench) => ({ ...(await input(bench)), ...wrong });
const secretRefusals = (input: Prepare) => ({
  IncorrectPassword: but(input, { password: 'wrong', currentPassword: 'wrong' }),
  RateLimited: input,
  Overloaded: whileQueueIsFull(input),
});
const confirmationRefusals = {
  ...secretRefusals(confirmation),
  InvalidInput: but(confirmation, { code: '12345' }),
  InvalidCode: but(confirmation, { code: 'wrong!' }),
  TwoFactorSetupMissing: but(password, { code: '123456' }),
};

export const cases: Cases = {
  updateEmail: {
    ways: {
      'to another': {
        input: email,
        leaves: [
          { event: 'user:account.email-changed', properties: { old: expect.stringMatching(/^u/), new: expect.stringMatching(/^new\.u/) } },
        ],
      },
      'to the same': { input: ({ person }) => ({ ...person }), leaves: [], changesNothing: true },
    },
    refusals: { ...secretRefusals(email), InvalidInput: but(email, { email: 'hodor' }) },
  },
  updateUsername: {
    ways: {
      'to another': {
        input: username,
        leaves: [
          {
            event: 'user:account.username-changed',
            properties: { old: expect.stringMatching(/^u/), new: expect.stringMatching(/^new\.u/) },
          },
        ],
      },
      'to the same': { input: ({ person }) => ({ ...person }), leaves: [], changesNothing: true },
    },
    refusals: { ...secretRefusals(username), InvalidInput: but(username, { username: '-' }) },
  },
  updateProfile: {
    ways: {
      'of all fields': {
        input: () => ({ firstName: 'Ada', lastName: null, language: 'de' }),
        leaves: [{ event: 'user:account.profile-changed' }],
      },
      'of none': { input: () => ({}), leaves: [], changesNothing: true },
    },
    refusals: { InvalidInput: () => ({ language: 'English' }) },
  },
  updatePassword: {
    ways: { once: { input: newPassword, leaves: [{ event: 'user:account.password-changed' }] } },
    refusals: { ...secretRefusals(newPassword), InvalidInput: but(newPassword, { newPassword: 'short' }) },
  },
  enableTwoFactor: {
    ways: { once: { input: confirmation, leaves: [{ event: 'user:two-factor.create' }] } },
    refusals: { ...confirmationRefusals, TwoFactorAlreadyEnabled: confirmationAgain },
  },
  enableOrRenewTwoFactor: {
    ways: {
      first: { input: confirmation, leaves: [{ event: 'user:two-factor.create' }] },
      again: { input: confirmationAgain, leaves: [{ event: 'user:two-factor.create' }] },
    },
    refusals: { ...confirmationRefusals, CodeAlreadyUsed: afterUse(confirmationAgain) },
  },
  disableTwoFactor: {
    ways: { once: { input: whenEnabled(password), leaves: [{ event: 'user:two-factor.delete' }] } },
    refusals: { ...secretRefusals(password), InvalidInput: () => ({ password: [] }), TwoFactorNotEnabled: password },
  },
  regenerateRecoveryTokens: {
    ways: { once: { input: whenEnabled(password), leaves: [{ event: 'user:two-factor.recovery-tokens-regenerated' }] } },
    refusals: { ...secretRefusals(password), InvalidInput: () => ({ password: {} }), TwoFactorNotEnabled: password },
  },
  createApiKey: {
    ways: {
      once: {
        input: () => ({ description: 'x', allowedIps: ['192.0.2.0/24'] }),
        leaves: [{ event: 'user:api-key.create', properties: { identifier: expect.stringMatching(/^ptlc_/) } }],
      },
    },
    refusals: { InvalidInput: () => ({ description: '' }), ApiKeyLimitReached: after(insertApiKey, 3, { description: 'x' }) },
  },
  deleteApiKey: {
    ways: {
      once: {
        input: insertApiKey,
        leaves: [{ event: 'user:api-key.delete', properties: { identifier: expect.stringMatching(/^ptlc_/) } }],
      },
    },
    refusals: { NotFound: ofAnother(insertApiKey) },
  },
  addSshKey: {
    ways: {
      once: {
        input: () => sshKey,
        leaves: [{ event: 'user:ssh-key.create', properties: { fingerprint: expect.stringMatching(/^[\w+/]{43}$/) } }],
      },
    },
    refusals: {
      InvalidInput: () => ({ name: 'x', publicKey: 'hodor' }),
      SshKeyAlreadyAdded: async ({ person }) => {
        await addSshKey.run(person.actor, sshKey);
        return sshKey;
      },
      SshKeyLimitReached: after(insertSshKey, 3, sshKey),
    },
  },
  removeSshKey: {
    ways: {
      once: {
        input: insertSshKey,
        leaves: [{ event: 'user:ssh-key.delete', properties: { fingerprint: expect.stringMatching(/^[\w+/]{43}$/) } }],
      },
    },
    refusals: { InvalidInput: () => ({ fingerprint: null }), NotFound: ofAnother(insertSshKey) },
  },
  signIn: {
    ways: {
      'without a second factor': { input: login, leaves: [{ event: 'auth:success', properties: from }] },
      'with a second factor to come': {
        input: whenEnabled(login),
        leaves: [{ event: 'auth:checkpoint', properties: from, actorId: null }],
      },
    },
    refusals: {
      InvalidCredentials: () => ({ login: 'unknown', password: 'wrong' }),
      RateLimited: login,
      Overloaded: whileQueueIsFull(login),
    },
  },
  completeSignIn: {
    ways: {
      'by a code': {
        input: byCode,
        leaves: [
          { event: 'auth:token', properties: from },
          { event: 'auth:success', properties: from },
        ],
      },
      'by a recovery token': {
        input: byRecoveryToken,
        leaves: [
          { event: 'auth:recovery-token', properties: from },
          { event: 'auth:success', properties: from },
        ],
      },
    },
    refusals: {
      InvalidCredentials: but(byCode, { challenge: 'hodor' }),
      InvalidCode: but(byCode, { answer: { code: 'wrong!' } }),
      CodeAlreadyUsed: afterUse(byCode),
      RateLimited: byCode,
    },
  },
  signOut: {
    ways: { once: { input: () => ({}), leaves: [{ event: 'user:sessions.end' }], leavesByKey: [] } },
    refusals: {},
    withoutLock: 'a session that is gone is signed out',
  },
  revokeSession: {
    ways: { once: { input: insertSession, leaves: [{ event: 'user:sessions.end' }] } },
    refusals: { NotFound: ofAnother(insertSession) },
  },
  revokeOtherSessions: {
    ways: {
      'where there are others': { input: after(insertSession, 2, {}), leaves: [{ event: 'user:sessions.end' }] },
      'where there are none': { input: () => ({}), leaves: [], changesNothing: true },
    },
    refusals: {},
  },
};
