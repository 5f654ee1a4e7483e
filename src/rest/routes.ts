import { createApiKey, deleteApiKey, listApiKeys } from '../account/api-keys/api-keys.ts';
import type { RefusalName } from '../account/errors.ts';
import { updatePassword } from '../account/password.ts';
import { getProfile, updateEmail } from '../account/profile.ts';
import { addSshKey, listSshKeys, removeSshKey } from '../account/ssh-keys/ssh-keys.ts';
import { getTwoFactorSetup } from '../account/two-factor/setup.ts';
import { disableTwoFactor, enableTwoFactor } from '../account/two-factor/two-factor.ts';
import type { Viewer } from '../account/viewer.ts';
import type { RestDialect } from '../config/config.ts';
import { apiKeyList, createdApiKeyItem } from './api-keys.ts';
import { type panelWords, twoFactorWords } from './errors.ts';
import { userItem } from './profile.ts';
import { asText, type Fields } from './request.ts';
import { sshKeyItem, sshKeyList } from './ssh-keys.ts';
import { recoveryTokensItem, setupData } from './two-factor.ts';

/** What a route is asked: by whom, with which fields, about what its path names. */
export type Ask = { readonly viewer: Viewer; readonly fields: Fields; readonly parameter: string; readonly dialect: RestDialect };

/** One line of the panel's documentation. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api/client; `{…}` is one segment. */
  readonly path: string;
  /** Calls one verb and gives the body; undefined is 204. */
  readonly run: (ask: Ask) => Promise<unknown>;
  /** Refusals that are no news to a caller of this route: 204. */
  readonly overlooks?: readonly RefusalName[];
  readonly words?: Partial<typeof panelWords>;
};

/** The panel's account API, a line each: method, path, verb, answer. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/account', run: async ({ viewer }) => userItem(await getProfile(viewer)) },
  {
    method: 'PUT',
    path: '/account/email',
    run: ({ viewer, fields }) => updateEmail(viewer, { email: fields.email, password: asText(fields.password) }),
  },
  { method: 'PUT', path: '/account/password', run: ({ viewer, fields }) => updatePassword(viewer, passwordChange(fields)) },

  { method: 'GET', path: '/account/two-factor', run: async ({ viewer, dialect }) => setupData(await getTwoFactorSetup(viewer), dialect) },
  {
    method: 'POST',
    path: '/account/two-factor',
    run: async ({ viewer, fields }) => recoveryTokensItem(await enableTwoFactor(viewer, { code: fields.code, password: fields.password })),
    words: twoFactorWords,
  },
  {
    method: 'POST',
    path: '/account/two-factor/disable',
    run: ({ viewer, fields }) => disableTwoFactor(viewer, { password: asText(fields.password) }),
    words: twoFactorWords,
    overlooks: ['TwoFactorNotEnabled'],
  },

  { method: 'GET', path: '/account/api-keys', run: async ({ viewer }) => apiKeyList(await listApiKeys(viewer)) },
  {
    method: 'POST',
    path: '/account/api-keys',
    run: async ({ viewer, fields }) => createdApiKeyItem(await createApiKey(viewer, newApiKey(fields))),
  },
  {
    method: 'DELETE',
    path: '/account/api-keys/{identifier}',
    run: ({ viewer, parameter }) => done(deleteApiKey(viewer, { identifier: parameter })),
  },

  { method: 'GET', path: '/account/ssh-keys', run: async ({ viewer, dialect }) => sshKeyList(await listSshKeys(viewer), dialect) },
  {
    method: 'POST',
    path: '/account/ssh-keys',
    run: async ({ viewer, fields, dialect }) => sshKeyItem(await addSshKey(viewer, newSshKey(fields)), dialect),
  },
  {
    method: 'POST',
    path: '/account/ssh-keys/remove',
    run: ({ viewer, fields }) => done(removeSshKey(viewer, { fingerprint: fields.fingerprint })),
    overlooks: ['NotFound'],
  },
];

function passwordChange({ current_password, password, password_confirmation = null }: Fields) {
  return { currentPassword: asText(current_password), newPassword: password, confirmation: password_confirmation };
}

function newApiKey({ description, allowed_ips }: Fields) {
  return { description, allowedIps: allowed_ips };
}

function newSshKey({ name, public_key }: Fields) {
  return { name, publicKey: public_key };
}

async function done(working: Promise<unknown>): Promise<undefined> {
  await working;
}
