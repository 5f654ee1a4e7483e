import { apiKeyInput, createApiKey, deleteApiKey, listApiKeys } from '../account/api-keys/api-keys.ts';
import type { RefusalName } from '../account/errors.ts';
import { passwordChange, updatePassword } from '../account/password.ts';
import { emailChange, getProfile, updateEmail, updateUsername, usernameChange } from '../account/profile.ts';
import { addSshKey, fingerprintInput, listSshKeys, removeSshKey, sshKeyInput } from '../account/ssh-keys/ssh-keys.ts';
import { getTwoFactorSetup } from '../account/two-factor/setup.ts';
import { disableInput, disableTwoFactor, enableInput, enableOrRenewTwoFactor } from '../account/two-factor/two-factor.ts';
import type { Viewer } from '../account/viewer.ts';
import type { RestDialect } from '../config/config.ts';
import { activityPage } from './activity.ts';
import { apiKeyList, createdApiKeyItem } from './api-keys.ts';
import { type PanelWords, twoFactorWords } from './errors.ts';
import { userItem } from './profile.ts';
import { asList, asText, type Fields } from './request.ts';
import type { AnswerName } from './schemas.ts';
import { permissionsItem, serverPage } from './servers.ts';
import { sshKeyItem, sshKeyList } from './ssh-keys.ts';
import { recoveryTokensItem, setupData } from './two-factor.ts';

/** What a route is asked: by whom, with which fields, about what its path names. */
export type Ask = {
  readonly viewer: Viewer;
  readonly fields: Fields;
  readonly url: URL;
  readonly parameter: string;
  readonly dialect: RestDialect;
};

/** One line of the panel's documentation. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api/client; `{…}` is the rest of the path. */
  readonly path: string;
  readonly summary: string;
  /** Calls one verb and gives the body; undefined is 204. */
  readonly run: (ask: Ask) => Promise<unknown>;
  /** The shape of the body; none: 204. */
  readonly answer?: AnswerName;
  /** The schema of the fields, as the domain has it. */
  readonly input?: Parameters<typeof import('../account/input.ts').describeInput>[0];
  /** Query parameters that pages take. */
  readonly query?: readonly string[];
  /** Refusals it may give, beside those of the caller as such. */
  readonly refusals?: readonly RefusalName[];
  /** Refusals that are no news to a caller of this route: 204. */
  readonly overlooks?: readonly RefusalName[];
  readonly words?: Partial<PanelWords>;
};

/** The panel's account API: method, path, verb, answer. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/account',
    summary: 'The account',
    run: async ({ viewer }) => userItem(await getProfile(viewer)),
    answer: 'User',
  },
  {
    method: 'PUT',
    path: '/account/email',
    summary: 'Change the e-mail address',
    input: emailChange,
    run: ({ viewer, fields: { email, password } }) => updateEmail(viewer, { email, password: asText(password) }),
    refusals: ['IncorrectPassword', 'InvalidInput', 'RateLimited'],
  },
  {
    method: 'PUT',
    path: '/account/password',
    summary: 'Change the password and end every other session',
    input: passwordChange,
    run: ({ viewer, fields: { current_password, password, password_confirmation = null } }) =>
      updatePassword(viewer, { currentPassword: asText(current_password), newPassword: password, confirmation: password_confirmation }),
    refusals: ['IncorrectPassword', 'InvalidInput'],
  },
  {
    method: 'PUT',
    path: '/account/username',
    summary: 'Change the username',
    input: usernameChange,
    run: ({ viewer, fields: { username, password } }) => updateUsername(viewer, { username, password: asText(password) }),
    refusals: ['IncorrectPassword', 'InvalidInput'],
  },
  {
    method: 'GET',
    path: '/account/two-factor',
    summary: 'The secret to put into an authenticator',
    run: async ({ viewer, dialect }) => setupData(await getTwoFactorSetup(viewer), dialect),
    answer: 'TwoFactorSetup',
    refusals: ['TwoFactorAlreadyEnabled'],
  },
  {
    method: 'POST',
    path: '/account/two-factor',
    summary: 'Turn two-factor on; where it is on, replace the recovery tokens',
    input: enableInput,
    run: async ({ viewer, fields: { code, password } }) => recoveryTokensItem(await enableOrRenewTwoFactor(viewer, { code, password })),
    answer: 'RecoveryTokens',
    refusals: ['InvalidInput', 'IncorrectPassword', 'TwoFactorSetupMissing', 'InvalidCode', 'CodeAlreadyUsed'],
    words: twoFactorWords,
  },
  {
    method: 'POST',
    path: '/account/two-factor/disable',
    summary: 'Turn two-factor off',
    input: disableInput,
    run: ({ viewer, fields: { password } }) => disableTwoFactor(viewer, { password: asText(password) }),
    refusals: ['IncorrectPassword', 'InvalidInput'],
    overlooks: ['TwoFactorNotEnabled'],
    words: twoFactorWords,
  },
  {
    method: 'GET',
    path: '/account/activity',
    summary: 'What happened to the account',
    query: ['page', 'per_page', 'filter[event]', 'sort', 'include'],
    run: activityPage,
    answer: 'ActivityPage',
  },
  {
    method: 'GET',
    path: '/account/api-keys',
    summary: 'API keys',
    run: async ({ viewer }) => apiKeyList(await listApiKeys(viewer)),
    answer: 'ApiKeyList',
  },
  {
    method: 'POST',
    path: '/account/api-keys',
    summary: 'Make an API key',
    input: apiKeyInput,
    run: async ({ viewer, fields: { description, allowed_ips } }) =>
      createdApiKeyItem(await createApiKey(viewer, { description, allowedIps: asList(allowed_ips) })),
    answer: 'CreatedApiKey',
    refusals: ['InvalidInput', 'ApiKeyLimitReached'],
  },
  {
    method: 'DELETE',
    path: '/account/api-keys/{identifier}',
    summary: 'Delete an API key',
    run: ({ viewer, parameter }) => noContent(deleteApiKey(viewer, { identifier: parameter })),
    refusals: ['NotFound'],
  },
  {
    method: 'GET',
    path: '/account/ssh-keys',
    summary: 'SSH keys',
    run: async ({ viewer, dialect }) => sshKeyList(await listSshKeys(viewer), dialect),
    answer: 'SshKeyList',
  },
  {
    method: 'POST',
    path: '/account/ssh-keys',
    summary: 'Add an SSH key',
    input: sshKeyInput,
    run: async ({ viewer, fields: { name, public_key }, dialect }) =>
      sshKeyItem(await addSshKey(viewer, { name, publicKey: public_key }), dialect),
    answer: 'SshKey',
    refusals: ['InvalidInput', 'SshKeyAlreadyAdded', 'SshKeyLimitReached'],
  },
  {
    method: 'POST',
    path: '/account/ssh-keys/remove',
    summary: 'Remove an SSH key; an unknown one is no error',
    input: fingerprintInput,
    run: ({ viewer, fields: { fingerprint } }) => noContent(removeSshKey(viewer, { fingerprint })),
    refusals: ['InvalidInput'],
    overlooks: ['NotFound'],
  },
  {
    method: 'DELETE',
    path: '/account/ssh-keys/{fingerprint}',
    summary: 'Remove an SSH key',
    run: ({ viewer, parameter }) => noContent(removeSshKey(viewer, { fingerprint: parameter })),
    refusals: ['NotFound'],
  },
  {
    method: 'GET',
    path: '',
    summary: 'Servers: there are none here',
    query: ['page', 'per_page'],
    run: async ({ fields, url }) => serverPage(fields, url),
    answer: 'ServerPage',
  },
  {
    method: 'GET',
    path: '/permissions',
    summary: 'Permissions on servers: there are none here',
    run: async () => permissionsItem(),
    answer: 'Permissions',
  },
];

async function noContent(working: Promise<unknown>): Promise<undefined> {
  await working;
}
