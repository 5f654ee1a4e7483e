import { createApiKey, deleteApiKey, listApiKeys } from '../../account/api-keys/api-keys.ts';
import { updatePassword } from '../../account/password/password.ts';
import { getProfile, updateEmail, updateUsername } from '../../account/profile/profile.ts';
import { addSshKey, listSshKeys, removeSshKey } from '../../account/ssh-keys/ssh-keys.ts';
import { getTwoFactorSetup } from '../../account/two-factor/setup.ts';
import { disableTwoFactor, enableOrRenewTwoFactor } from '../../account/two-factor/two-factor.ts';
import { twoFactorWords } from '../http/errors.ts';
import { exampleSshKey } from '../http/examples.ts';
import { asList, asText } from '../http/request.ts';
import type { Route } from '../http/route.ts';
import { activityPage } from './activity.ts';
import { apiKeyList, createdApiKeyItem } from './api-keys.ts';
import { userItem } from './profile.ts';
import { permissionsItem, serverPage } from './servers.ts';
import { removeNamedSshKey, sshKeyItem, sshKeyList } from './ssh-keys.ts';
import { headSetup, recoveryTokensItem, setupData } from './two-factor.ts';

/** The panel's account API: method, path, verb, answer. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/account',
    summary: 'The account',
    run: async ({ actor }) => userItem(await getProfile(actor)),
    answer: 'User',
  },
  {
    method: 'PUT',
    path: '/account/email',
    summary: 'Change the e-mail address',
    note: 'The password is checked before the address. Of addresses that differ by more than case, an account may take 3 a day, unless the operator set another number.',
    input: updateEmail.input,
    example: { email: 'ada@example.com', password: 'correct horse' },
    run: ({ actor, fields: { email, password } }) => updateEmail.run(actor, { email, password: asText(password) }),
    refusals: ['IncorrectPassword', 'InvalidInput', 'RateLimited', 'Overloaded'],
  },
  {
    method: 'PUT',
    path: '/account/password',
    summary: 'Change the password and end every other session',
    note: 'The current password is checked before the new one. API keys stay valid.',
    input: updatePassword.input,
    example: { current_password: 'correct horse', password: 'battery staple', password_confirmation: 'battery staple' },
    run: ({ actor, fields: { current_password, password, password_confirmation = null } }) =>
      updatePassword.run(actor, { currentPassword: asText(current_password), newPassword: password, confirmation: password_confirmation }),
    refusals: ['IncorrectPassword', 'InvalidInput', 'RateLimited', 'Overloaded'],
  },
  {
    method: 'PUT',
    path: '/account/username',
    summary: 'Change the username',
    note: 'Usernames are kept in lower case.',
    input: updateUsername.input,
    example: { username: 'ada', password: 'correct horse' },
    run: ({ actor, fields: { username, password } }) => updateUsername.run(actor, { username, password: asText(password) }),
    refusals: ['IncorrectPassword', 'InvalidInput', 'RateLimited', 'Overloaded'],
  },
  {
    method: 'GET',
    path: '/account/two-factor',
    summary: 'The secret to put into an authenticator',
    note: 'The same secret until it is confirmed or 15 minutes old. HEAD makes none.',
    run: async ({ actor, dialect }) => setupData(await getTwoFactorSetup(actor), dialect),
    head: ({ actor }) => headSetup(actor),
    answer: 'TwoFactorSetup',
    refusals: ['TwoFactorAlreadyEnabled'],
  },
  {
    method: 'POST',
    path: '/account/two-factor',
    summary: 'Turn two-factor on; where it is on, replace the recovery tokens',
    note: 'Read the secret before. A code is accepted once; every session ends. The recovery tokens are shown here and never again.',
    input: enableOrRenewTwoFactor.input,
    example: { code: '123456', password: 'correct horse' },
    run: async ({ actor, fields: { code, password } }) =>
      recoveryTokensItem((await enableOrRenewTwoFactor.run(actor, { code, password })).recoveryTokens),
    answer: 'RecoveryTokens',
    refusals: ['InvalidInput', 'IncorrectPassword', 'TwoFactorSetupMissing', 'InvalidCode', 'CodeAlreadyUsed', 'RateLimited', 'Overloaded'],
    words: twoFactorWords,
  },
  {
    method: 'POST',
    path: '/account/two-factor/disable',
    summary: 'Turn two-factor off',
    note: 'Forgets the secret and the recovery tokens and ends every session. Where two-factor is off, nothing happens.',
    input: disableTwoFactor.input,
    example: { password: 'correct horse' },
    run: ({ actor, fields: { password } }) => disableTwoFactor.run(actor, { password: asText(password) }),
    refusals: ['IncorrectPassword', 'InvalidInput', 'RateLimited', 'Overloaded'],
    overlooks: ['TwoFactorNotEnabled'],
    words: twoFactorWords,
  },
  {
    method: 'GET',
    path: '/account/activity',
    summary: 'What happened to the account',
    note: 'Oldest first, unless sorted.',
    query: ['page', 'per_page', 'filter[event]', 'sort', 'include'],
    run: activityPage,
    answer: 'ActivityPage',
    refusals: ['InvalidInput'],
  },
  {
    method: 'GET',
    path: '/account/api-keys',
    summary: 'API keys',
    note: 'Oldest first, without their secrets.',
    run: async ({ actor }) => apiKeyList(await listApiKeys(actor)),
    answer: 'ApiKeyList',
  },
  {
    method: 'POST',
    path: '/account/api-keys',
    summary: 'Make an API key',
    note: 'The secret is in this answer and never again. The bearer token is `identifier` followed by `meta.secret_token`.',
    input: createApiKey.input,
    example: { description: 'Deployment', allowed_ips: ['192.0.2.7', '2001:db8::/32'] },
    run: async ({ actor, fields: { description, allowed_ips } }) =>
      createdApiKeyItem(await createApiKey.run(actor, { description, allowedIps: asList(allowed_ips) })),
    answer: 'CreatedApiKey',
    refusals: ['InvalidInput', 'ApiKeyLimitReached'],
  },
  {
    method: 'DELETE',
    path: '/account/api-keys/{identifier}',
    summary: 'Delete an API key',
    note: 'A key may delete itself.',
    run: ({ actor, parameter }) => noContent(deleteApiKey.run(actor, { identifier: parameter })),
    refusals: ['NotFound'],
  },
  {
    method: 'GET',
    path: '/account/ssh-keys',
    summary: 'SSH keys',
    note: 'Oldest first.',
    run: async ({ actor, dialect }) => sshKeyList(await listSshKeys(actor), dialect),
    answer: 'SshKeyList',
  },
  {
    method: 'POST',
    path: '/account/ssh-keys',
    summary: 'Add an SSH key',
    note: 'An OpenSSH line or a PEM; RSA from 2048 bits, Ed25519 and ECDSA. Kept without its comment.',
    input: addSshKey.input,
    example: { name: 'Laptop', public_key: exampleSshKey.line },
    run: async ({ actor, fields: { name, public_key }, dialect }) =>
      sshKeyItem((await addSshKey.run(actor, { name, publicKey: public_key })).sshKey, dialect),
    answer: 'SshKey',
    refusals: ['InvalidInput', 'SshKeyAlreadyAdded', 'SshKeyLimitReached'],
  },
  {
    method: 'POST',
    path: '/account/ssh-keys/remove',
    summary: 'Remove an SSH key; an unknown one is no error',
    note: 'The fingerprint with or without `SHA256:`.',
    input: removeSshKey.input,
    example: { fingerprint: exampleSshKey.fingerprint },
    run: ({ actor, fields: { fingerprint } }) => noContent(removeSshKey.run(actor, { fingerprint })),
    refusals: ['InvalidInput'],
    overlooks: ['NotFound'],
  },
  {
    method: 'DELETE',
    path: '/account/ssh-keys/{fingerprint}',
    summary: 'Remove an SSH key named by the path',
    note: 'The fingerprint with or without `SHA256:`; its slashes may be escaped or not.',
    run: ({ actor, parameter }) => noContent(removeNamedSshKey(actor, parameter)),
    refusals: ['NotFound'],
  },
  {
    method: 'GET',
    path: '',
    summary: 'Servers: there are none here',
    query: ['page', 'per_page'],
    run: async ({ fields, url }) => serverPage(fields, url),
    answer: 'ServerPage',
    refusals: ['InvalidInput'],
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
