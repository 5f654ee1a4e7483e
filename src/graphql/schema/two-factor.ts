import type { Actor } from '../../account/actor.ts';
import {
  CodeAlreadyUsed,
  IncorrectPassword,
  InvalidCode,
  InvalidInput,
  Overloaded,
  RateLimited,
  TwoFactorAlreadyEnabled,
  TwoFactorNotEnabled,
  TwoFactorSetupMissing,
} from '../../account/refusals.ts';
import { drawQrCode, findTwoFactorSetup, type TwoFactorSetup } from '../../account/two-factor/setup.ts';
import { disableTwoFactor, enableTwoFactor, regenerateRecoveryTokens } from '../../account/two-factor/two-factor.ts';
import { builder, requireViewer } from './builder.ts';
import { secretField } from './costs.ts';
import { fieldCosts } from './field-costs.ts';
import { createOncePerTick } from './once-per-tick.ts';
import { payloadType, Viewer } from './viewer.ts';

const setups = createOncePerTick<TwoFactorSetup | null>();
const pictures = createOncePerTick<string>();

const TwoFactor = builder.prismaObject('Account', {
  variant: 'TwoFactor',
  description: 'Two-factor authentication of an account.',
  select: { id: true },
  fields: (t) => ({
    enabled: t.boolean({
      description: 'Whether a code is asked for beside the password.',
      select: { twoFactor: { select: { secret: true } } },
      resolve: ({ twoFactor }) => twoFactor?.secret != null,
    }),
    recoveryTokensRemaining: t.relationCount('recoveryTokens', { description: 'How many recovery tokens are left of ten.' }),
  }),
});

const TwoFactorSetupType = builder.objectRef<TwoFactorSetup>('TwoFactorSetup').implement({
  description: 'A secret that waits to be confirmed with `enableTwoFactor`.',
  fields: (t) => ({
    secret: t.exposeString('secret', { description: '32 characters of base32, to be typed where no camera is at hand.' }),
    uri: t.exposeString('uri', {
      description: 'The address that authenticators read: `otpauth://totp/…?secret=…&issuer=…` (SHA-1, six digits, 30 seconds).',
    }),
    qrCode: t.string({
      complexity: fieldCosts.picture,
      description: 'The address as a picture: `data:image/png;base64,…`. Drawn when it is asked for.',
      resolve: (setup) => pictures(setup, 0, () => drawQrCode(setup)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'When the secret is forgotten if it is not confirmed: 15 minutes after it was made.',
    }),
  }),
});

builder.prismaObjectField(Viewer, 'twoFactor', (t) =>
  t.variant(TwoFactor, { description: 'Whether a code is asked for beside the password.' }),
);

builder.prismaObjectField(Viewer, 'twoFactorSetup', (t) =>
  t.field({
    type: TwoFactorSetupType,
    nullable: true,
    complexity: fieldCosts.statement,
    description: 'The secret to put into an authenticator: the same until it is confirmed or expires. Null once two-factor is on.',
    resolve: (_viewer, _arguments, context) => readSetup(requireViewer(context)),
  }),
);

/** A first read makes the secret: five aliases at once would each offer one. */
function readSetup(viewer: Actor): Promise<TwoFactorSetup | null> {
  return setups(viewer.tools.db, viewer.accountId, () => findTwoFactorSetup(viewer));
}

type RecoveryTokens = { recoveryTokens: string[] };

const EnableTwoFactorInput = builder.inputType('EnableTwoFactorInput', {
  description: 'What turns two-factor on.',
  fields: (t) => ({
    code: t.string({ description: 'The six digits that the authenticator shows: `123456`. Accepted once, within 30 seconds either way.' }),
    password: t.string({ description: 'The current password.' }),
  }),
});

const EnableTwoFactorPayload = withRecoveryTokens(payloadType<RecoveryTokens>('EnableTwoFactorPayload', 'enableTwoFactor'));

builder.mutationField('enableTwoFactor', (t) =>
  t.field({
    type: EnableTwoFactorPayload,
    ...secretField,
    description: 'Turns two-factor on with the secret of `twoFactorSetup`, and ends every other session.',
    args: { input: t.arg({ type: EnableTwoFactorInput, description: 'A code of that secret, and the password.' }) },
    errors: {
      types: [
        InvalidInput,
        IncorrectPassword,
        TwoFactorAlreadyEnabled,
        TwoFactorSetupMissing,
        InvalidCode,
        CodeAlreadyUsed,
        RateLimited,
        Overloaded,
      ],
    },
    resolve: (_root, { input }, context) => enableTwoFactor(requireViewer(context), input).then((recoveryTokens) => ({ recoveryTokens })),
  }),
);

const DisableTwoFactorInput = builder.inputType('DisableTwoFactorInput', {
  description: 'What turns two-factor off.',
  fields: (t) => ({ password: t.string({ description: 'The current password.' }) }),
});

const DisableTwoFactorPayload = payloadType<object>('DisableTwoFactorPayload', 'disableTwoFactor');

builder.mutationField('disableTwoFactor', (t) =>
  t.field({
    type: DisableTwoFactorPayload,
    ...secretField,
    description: 'Turns two-factor off, forgets the secret and the recovery tokens, and ends every other session.',
    args: { input: t.arg({ type: DisableTwoFactorInput, description: 'The password that allows it.' }) },
    errors: { types: [InvalidInput, IncorrectPassword, TwoFactorNotEnabled, RateLimited, Overloaded] },
    resolve: (_root, { input }, context) => disableTwoFactor(requireViewer(context), input).then(() => ({})),
  }),
);

const RegenerateRecoveryTokensInput = builder.inputType('RegenerateRecoveryTokensInput', {
  description: 'What replaces the recovery tokens.',
  fields: (t) => ({ password: t.string({ description: 'The current password.' }) }),
});

const RegenerateRecoveryTokensPayload = withRecoveryTokens(
  payloadType<RecoveryTokens>('RegenerateRecoveryTokensPayload', 'regenerateRecoveryTokens'),
);

builder.mutationField('regenerateRecoveryTokens', (t) =>
  t.field({
    type: RegenerateRecoveryTokensPayload,
    ...secretField,
    description: 'Makes ten new recovery tokens; the old ones open nothing any more.',
    args: { input: t.arg({ type: RegenerateRecoveryTokensInput, description: 'The password that allows it.' }) },
    errors: { types: [InvalidInput, IncorrectPassword, TwoFactorNotEnabled, RateLimited, Overloaded] },
    resolve: (_root, { input }, context) =>
      regenerateRecoveryTokens(requireViewer(context), input).then((recoveryTokens) => ({ recoveryTokens })),
  }),
);

function withRecoveryTokens(payload: ReturnType<typeof payloadType<RecoveryTokens>>) {
  builder.objectField(payload, 'recoveryTokens', (t) =>
    t.exposeStringList('recoveryTokens', {
      description: 'Ten tokens of 24 characters, each of which opens the account once without a code. Shown this once.',
    }),
  );
  return payload;
}
