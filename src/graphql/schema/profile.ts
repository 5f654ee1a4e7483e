import { updateEmail, updateProfile, updateUsername } from '../../account/profile/profile.ts';
import { builder } from './builder.ts';
import { mutation } from './mutation.ts';
import { Viewer, withViewer } from './viewer.ts';

const Profile = builder.prismaObject('Account', {
  variant: 'Profile',
  description: 'The names, the e-mail address and the language of an account.',
  select: { id: true },
  fields: (t) => ({
    username: t.exposeString('username', {
      description: 'The name to sign in with: letters, digits, dots, dashes and underscores. Unique without regard to case.',
    }),
    email: t.exposeString('email', {
      description: 'The e-mail address as it was typed: at most 191 characters. Unique without regard to case.',
    }),
    firstName: t.exposeString('firstName', { nullable: true, description: 'The first name. Null where none is set.' }),
    lastName: t.exposeString('lastName', { nullable: true, description: 'The last name. Null where none is set.' }),
    language: t.exposeString('language', { description: 'The code of the preferred language: `en`, `de`.' }),
    admin: t.exposeBoolean('admin', { description: 'Whether the account is an administrator of the panel.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'The time when the account was created.' }),
  }),
});

builder.prismaObjectField(Viewer, 'profile', (t) =>
  t.variant(Profile, { description: 'The names, the e-mail address and the language of the account.' }),
);

withViewer(mutation(updateEmail));
withViewer(mutation(updateUsername));
withViewer(mutation(updateProfile));
