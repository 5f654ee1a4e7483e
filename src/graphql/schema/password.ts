import { checkPassword, type PasswordFault, updatePassword } from '../../account/password/password.ts';
import { passwordPolicy } from '../../account/password/policy.ts';
import { builder, findActor } from './builder.ts';
import { fieldCosts } from './field-costs.ts';
import { mutation } from './mutation.ts';
import { withViewer } from './viewer.ts';

const PasswordPolicy = builder.objectRef<typeof passwordPolicy>('PasswordPolicy').implement({
  description: 'The rules of passwords. Common passwords, and those with a name of the account in them, have a low score.',
  fields: (t) => ({
    minLength: t.exposeInt('minLength', { description: 'The minimum length, in Unicode code points of the NFC form.' }),
    maxBytes: t.exposeInt('maxBytes', {
      description: 'The maximum length, in bytes of UTF-8. Longer passwords are refused, never truncated.',
    }),
    minScore: t.int({
      description: 'The lowest score of zxcvbn that is accepted, 0 to 4. The first 32 characters are measured.',
      resolve: (_policy, _arguments, { visitor }) => visitor.tools.passwordScoreMin,
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
    COMMON: { value: 'common', description: 'It is a common password, or similar to one.' },
    PERSONAL: { value: 'personal', description: 'It has a name of the account or of this service in it.' },
    GUESSABLE: { value: 'guessable', description: 'It is easy to guess for another reason. `messages` says why.' },
  } as const,
});

const PasswordCheck = builder.objectRef<readonly PasswordFault[]>('PasswordCheck').implement({
  description: 'The result of a check of a password.',
  fields: (t) => ({
    acceptable: t.boolean({ description: 'Whether the password can be set.', resolve: (faults) => faults.length === 0 }),
    reasons: t.field({
      type: [PasswordReason],
      description: 'Every reason to refuse it.',
      resolve: (faults) => faults.map(({ rule }) => rule),
    }),
    messages: t.stringList({
      description: 'For each reason, sentences for people that say what is wrong and what to do.',
      resolve: (faults) => faults.map(({ message }) => message),
    }),
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
    complexity: fieldCosts.secret,
    description:
      'Checks whether a password can be set, without setting it. It is neither stored nor logged. Send it by POST. A request may check one.',
    args: { password: t.arg.string({ required: true, description: 'The password.' }) },
    resolve: (_root, { password }, context) => checkPassword(findActor(context) ?? context.visitor, password),
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
