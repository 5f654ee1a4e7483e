import { checkPassword, updatePassword } from '../../account/password/password.ts';
import { type PasswordFault, passwordPolicy } from '../../account/password/policy.ts';
import { builder, findActor } from './builder.ts';
import { fieldCosts } from './field-costs.ts';
import { mutation } from './mutation.ts';
import { withViewer } from './viewer.ts';

const PasswordPolicy = builder.objectRef<typeof passwordPolicy>('PasswordPolicy').implement({
  description: 'The rules of passwords. Common passwords and the names of the account are refused too.',
  fields: (t) => ({
    minLength: t.exposeInt('minLength', { description: 'The minimum length, in Unicode code points of the NFC form.' }),
    maxBytes: t.exposeInt('maxBytes', {
      description: 'The maximum length, in bytes of UTF-8. Longer passwords are refused, never truncated.',
    }),
  }),
});

const PasswordReason = builder.enumType('PasswordReason', {
  description: 'A reason why a password is refused.',
  values: {
    EMPTY: { value: 'required', description: 'It is empty or only spaces.' },
    NOT_STORABLE: { value: 'regex', description: 'It has a NUL or an unpaired surrogate.' },
    TOO_SHORT: { value: 'min', description: 'It is shorter than `minLength`.' },
    TOO_LONG: { value: 'max', description: 'It is longer than `maxBytes`.' },
    COMMON: { value: 'common', description: 'It is one of the most common passwords.' },
    PERSONAL: { value: 'personal', description: 'It is the username, the e-mail address or the name of this service.' },
  } as const,
});

const PasswordCheck = builder.objectRef<{ reasons: PasswordFault[] }>('PasswordCheck').implement({
  description: 'The result of a check of a password.',
  fields: (t) => ({
    acceptable: t.boolean({ description: 'Whether the password can be set.', resolve: ({ reasons }) => reasons.length === 0 }),
    reasons: t.field({ type: [PasswordReason], description: 'Every reason to refuse it.', resolve: ({ reasons }) => reasons }),
  }),
});

builder.queryFields((t) => ({
  passwordPolicy: t.field({
    type: PasswordPolicy,
    description: 'The rules of passwords, to show before one is typed.',
    resolve: () => passwordPolicy,
  }),
  checkPassword: t.field({
    type: PasswordCheck,
    complexity: fieldCosts.statement,
    description: 'Checks whether a password can be set, without setting it. It is neither stored nor logged. Send it by POST.',
    args: { password: t.arg.string({ required: true, description: 'The password.' }) },
    resolve: async (_root, { password }, context) => ({ reasons: await checkPassword(findActor(context) ?? context.visitor, password) }),
  }),
}));

withViewer(
  mutation(updatePassword, {
    omit: ['confirmation'],
    after: (context, { device }) => {
      if (device) context.keepDevice(device.token, device.expiresAt);
    },
  }),
);
