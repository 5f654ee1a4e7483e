import { z } from 'zod';
import { updatePassword } from '../../account/password/password.ts';
import { updateEmail, updateProfile, updateUsername } from '../../account/profile/profile.ts';
import { planViewer, readViewer } from '../../account/viewer.ts';
import { asText } from '../http/request.ts';
import { operationRoute, type Route, readRoute } from '../http/route.ts';
import { field, item, itemOf } from '../http/wire.ts';

const userSchema = itemOf('user', {
  id: field(z.int(), 'The number of the account.', 1),
  admin: field(z.boolean(), 'Whether the account is an administrator of the panel.', false),
  username: field(z.string(), 'The username, in lower case.', 'ada'),
  email: field(z.string(), 'The e-mail address, as it was entered.', 'ada@example.com'),
  first_name: field(z.string().nullable(), 'The first name.', 'Ada'),
  last_name: field(z.string().nullable(), 'The last name.', 'Lovelace'),
  language: field(z.string(), 'The language of the account.', 'en'),
}).meta({ id: 'User' });

const profilePlan = planViewer(new Set(['profile'] as const));

export const accountRoutes: readonly Route[] = [
  readRoute({
    method: 'GET',
    path: '/account',
    summary: 'The account',
    answer: userSchema,
    plan: profilePlan,
    run: async ({ actor }) => {
      const { id, admin, username, email, firstName, lastName, language } = await readViewer(actor, profilePlan);
      return item('user', { id, admin, username, email, first_name: firstName, last_name: lastName, language });
    },
  }),
  operationRoute({
    method: 'PUT',
    path: '/account/email',
    operation: updateEmail,
    example: { email: 'ada@example.com', password: 'correct horse' },
    toInput: ({ email, password }) => ({ email, password: asText(password) }),
  }),
  operationRoute({
    method: 'PUT',
    path: '/account/password',
    operation: updatePassword,
    example: { current_password: 'correct horse', password: 'battery staple', password_confirmation: 'battery staple' },
    toInput: ({ current_password, password, password_confirmation = null }) => ({
      currentPassword: asText(current_password),
      newPassword: password,
      confirmation: password_confirmation,
    }),
    after: ({ keepDevice }, { device }) => {
      if (device) keepDevice(device.token, device.expiresAt);
    },
  }),
  operationRoute({
    method: 'PUT',
    path: '/account/username',
    operation: updateUsername,
    example: { username: 'ada', password: 'correct horse' },
    toInput: ({ username, password }) => ({ username, password: asText(password) }),
  }),
  operationRoute({
    method: 'PUT',
    path: '/account/profile',
    note: 'The panel has no such path.',
    operation: updateProfile,
    example: { first_name: 'Ada', last_name: 'Lovelace', language: 'en' },
    toInput: ({ first_name, last_name, language }) => ({ firstName: first_name, lastName: last_name, language }),
  }),
];
