import { CodeAlreadyUsed } from '../../account/two-factor/refusals.ts';
import { drawQrCode, findTwoFactorSetup, type TwoFactorSetup } from '../../account/two-factor/setup.ts';
import {
  countRecoveryTokens,
  disableTwoFactor,
  enableTwoFactor,
  isEnabled,
  regenerateRecoveryTokens,
} from '../../account/two-factor/two-factor.ts';
import { builder, requireActor } from './builder.ts';
import { fieldCosts } from './field-costs.ts';
import { mutation, type Payload } from './mutation.ts';
import { createOncePerTick } from './once-per-tick.ts';
import { readBelow, Viewer, withViewer } from './viewer.ts';

const setups = createOncePerTick<TwoFactorSetup | null>();
const pictures = createOncePerTick<string>();
const counts = createOncePerTick<number>();

const TwoFactor = builder.prismaObject('Account', {
  variant: 'TwoFactor',
  description: 'The two-factor authentication of an account.',
  select: { id: true },
  fields: (t) => ({
    enabled: t.boolean({
      description: 'Whether a code is required beside the password.',
      select: { twoFactor: { select: { secret: true } } },
      resolve: ({ twoFactor }) => isEnabled(twoFactor),
    }),
    recoveryTokensRemaining: t.int({
      description: 'The number of recovery tokens that are left of ten.',
      resolve: (_account, _arguments, context, info) => {
        const actor = requireActor(context);
        return readBelow(info, () => counts(actor, '', () => countRecoveryTokens(actor)));
      },
    }),
  }),
});

const TwoFactorSetupType = builder.objectRef<TwoFactorSetup>('TwoFactorSetup').implement({
  description: 'A secret that is pending until `enableTwoFactor` confirms it.',
  fields: (t) => ({
    secret: t.exposeString('secret', { description: 'The secret: 32 characters of base32, to type into an authenticator.' }),
    uri: t.exposeString('uri', {
      description: 'The address that authenticators read: `otpauth://totp/…?secret=…&issuer=…` (SHA-1, six digits, 30 seconds).',
    }),
    qrCode: t.string({
      complexity: fieldCosts.picture,
      description: 'The address as a QR code: `data:image/png;base64,…`.',
      resolve: (setup) => pictures(setup, '', () => drawQrCode(setup)),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description: 'The time when the secret expires unless it is confirmed: 15 minutes after it was generated.',
    }),
  }),
});

builder.prismaObjectField(Viewer, 'twoFactor', (t) =>
  t.variant(TwoFactor, { description: 'The two-factor authentication of the account.' }),
);

builder.prismaObjectField(Viewer, 'twoFactorSetup', (t) =>
  t.field({
    type: TwoFactorSetupType,
    nullable: true,
    complexity: fieldCosts.statement,
    description:
      'The secret to add to an authenticator. It belongs to the session or the API key of the request, which alone can confirm it, and ends with it. It stays the same until it is confirmed or expires. Null where two-factor authentication is enabled.',
    // The first read generates the secret: five aliases must not generate five.
    resolve: (_viewer, _arguments, context, info) => {
      const actor = requireActor(context);
      return readBelow(info, () => setups(actor, '', () => findTwoFactorSetup(actor)));
    },
  }),
);

withRecoveryTokens(withViewer(mutation(enableTwoFactor, { reserved: [CodeAlreadyUsed] })));
withViewer(mutation(disableTwoFactor));
withRecoveryTokens(withViewer(mutation(regenerateRecoveryTokens)));

function withRecoveryTokens(payload: Payload<{ recoveryTokens: string[] }>): void {
  builder.objectField(payload, 'recoveryTokens', (t) =>
    t.stringList({
      description: 'Ten tokens of 24 characters. Each is accepted once instead of a code. Shown only here.',
      resolve: ({ result }) => result.recoveryTokens,
    }),
  );
}
