import { IncorrectPassword, InvalidInput } from '../account/errors.ts';
import { updatePassword } from '../account/password.ts';
import { builder, requireViewer } from './builder.ts';
import { payloadType } from './viewer.ts';

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
    description: 'Changes the password and ends every other session. API keys stay.',
    args: { input: t.arg({ type: UpdatePasswordInput, description: 'The password as it is and as it shall be.' }) },
    errors: { types: [InvalidInput, IncorrectPassword] },
    resolve: (_root, { input }, context) => updatePassword(requireViewer(context), input).then(() => ({})),
  }),
);
