import { passwordContext, updatePassword } from '../../account/password/password.ts';
import { findPasswordFaults, type PasswordFault, passwordPolicy } from '../../account/password/policy.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../../account/refusals.ts';
import { builder, findViewer, requireViewer } from './builder.ts';
import { secretField } from './costs.ts';
import { fieldCosts } from './field-costs.ts';
import { payloadType } from './viewer.ts';

const PasswordPolicy = builder.objectRef<typeof passwordPolicy>('PasswordPolicy').implement({
  description: "What a password must be. Beside these, the most common passwords are refused, and the account's own name and address.",
  fields: (t) => ({
    minLength: t.exposeInt('minLength', { description: 'Fewest characters, as Unicode code points of the NFC form.' }),
    maxBytes: t.exposeInt('maxBytes', { description: 'Most bytes of UTF-8. Longer is refused, never cut.' }),
  }),
});

const PasswordReason = builder.enumType('PasswordReason', {
  description: 'Why a password is refused.',
  values: {
    EMPTY: { value: 'required', description: 'There is nothing but blanks.' },
    NOT_STORABLE: { value: 'regex', description: 'It holds a NUL or half a character.' },
    TOO_SHORT: { value: 'min', description: 'It has fewer characters than the policy asks for.' },
    TOO_LONG: { value: 'max', description: 'It has more bytes than the policy allows.' },
    COMMON: { value: 'common', description: 'It is one of the passwords that are tried first.' },
    PERSONAL: { value: 'personal', description: 'It is the username, the e-mail address or the name of this service.' },
  } as const,
});

const PasswordCheck = builder.objectRef<{ reasons: PasswordFault[] }>('PasswordCheck').implement({
  description: 'What the policy says of a password.',
  fields: (t) => ({
    acceptable: t.boolean({ description: 'Whether it may be set.', resolve: ({ reasons }) => reasons.length === 0 }),
    reasons: t.field({ type: [PasswordReason], description: 'Every reason against it.', resolve: ({ reasons }) => reasons }),
  }),
});

builder.queryFields((t) => ({
  passwordPolicy: t.field({
    type: PasswordPolicy,
    description: 'What a password must be, to be shown before anybody types.',
    resolve: () => passwordPolicy,
  }),
  checkPassword: t.field({
    type: PasswordCheck,
    complexity: fieldCosts.statement,
    description: 'Whether a password may be set, without setting it. Nothing is kept or logged; send it by POST.',
    args: { password: t.arg.string({ description: 'The password.' }) },
    resolve: async (_root, { password }, context) => ({
      reasons: findPasswordFaults(password, await passwordContext(findViewer(context) ?? context.visitor)),
    }),
  }),
}));

const UpdatePasswordInput = builder.inputType('UpdatePasswordInput', {
  description: 'A new password.',
  fields: (t) => ({
    currentPassword: t.string({ description: 'The password as it is now.' }),
    newPassword: t.string({ description: 'At least 8 characters (Unicode code points), at most 1,024 bytes of UTF-8; compared in NFC.' }),
  }),
});

const UpdatePasswordPayload = payloadType<object>('UpdatePasswordPayload', 'updatePassword');

builder.mutationField('updatePassword', (t) =>
  t.field({
    type: UpdatePasswordPayload,
    ...secretField,
    description: 'Changes the password and ends every other session. API keys stay.',
    args: { input: t.arg({ type: UpdatePasswordInput, description: 'The password as it is and as it shall be.' }) },
    errors: { types: [InvalidInput, IncorrectPassword, RateLimited, Overloaded] },
    resolve: (_root, { input }, context) => updatePassword(requireViewer(context), input).then(() => ({})),
  }),
);
