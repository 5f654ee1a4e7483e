import { updateEmail } from '../../account/profile/profile.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../../account/refusals.ts';
import { builder, requireViewer } from './builder.ts';
import { secretField } from './costs.ts';
import { payloadType, Viewer } from './viewer.ts';

const Profile = builder.prismaObject('Account', {
  variant: 'Profile',
  description: 'Name, address and language of an account.',
  select: { id: true },
  fields: (t) => ({
    username: t.exposeString('username', {
      description: 'What signs in: letters, digits, dots, dashes and underscores; unique without regard to case.',
    }),
    email: t.exposeString('email', { description: 'As it was typed; unique without regard to case. At most 191 characters.' }),
    firstName: t.exposeString('firstName', { nullable: true, description: 'Null when it was never given.' }),
    lastName: t.exposeString('lastName', { nullable: true, description: 'Null when it was never given.' }),
    language: t.exposeString('language', { description: 'Preferred language as a code: `en`, `de`.' }),
    admin: t.exposeBoolean('admin', { description: 'Whether the account may administer the panel.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the account was made.' }),
  }),
});

builder.prismaObjectField(Viewer, 'profile', (t) => t.variant(Profile, { description: 'Name, address and language.' }));

const UpdateEmailInput = builder.inputType('UpdateEmailInput', {
  description: 'A new e-mail address.',
  fields: (t) => ({
    email: t.string({ description: 'The new address, at most 191 characters.' }),
    password: t.string({ description: 'The current password.' }),
  }),
});

const UpdateEmailPayload = payloadType<object>('UpdateEmailPayload', 'updateEmail');

builder.mutationField('updateEmail', (t) =>
  t.field({
    type: UpdateEmailPayload,
    ...secretField,
    description: 'Changes the e-mail address, three times in 24 hours at the most. The password is checked before anything else.',
    args: { input: t.arg({ type: UpdateEmailInput, description: 'The address, and the password that allows it.' }) },
    errors: { types: [InvalidInput, IncorrectPassword, RateLimited, Overloaded] },
    resolve: (_root, { input }, context) => updateEmail(requireViewer(context), input).then(() => ({})),
  }),
);
