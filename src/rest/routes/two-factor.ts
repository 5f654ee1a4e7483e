import { z } from 'zod';
import { TwoFactorAlreadyEnabled, TwoFactorNotEnabled } from '../../account/two-factor/refusals.ts';
import { drawQrCode, getTwoFactorSetup } from '../../account/two-factor/setup.ts';
import { disableTwoFactor, enableOrRenewTwoFactor, isTwoFactorEnabled } from '../../account/two-factor/two-factor.ts';
import { twoFactorWording } from '../http/errors.ts';
import { asText } from '../http/request.ts';
import { operationRoute, type Route, readRoute } from '../http/route.ts';
import { field, item, itemOf } from '../http/wire.ts';

/** The one body without an `object`. */
const setupSchema = z
  .object({
    data: z.object({
      image_url_data: field(
        z.string(),
        'The QR code: a PNG as a data URI. In the panel dialect the `otpauth://` address itself.',
        'data:image/png;base64,iVBORw0KGgo=',
      ),
      secret: field(z.string().regex(/^[A-Z2-7]{32}$/), 'The secret, in base32.', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'),
    }),
  })
  .meta({ id: 'TwoFactorSetup' });

const recoveryTokensSchema = itemOf('recovery_tokens', {
  tokens: field(
    z.array(z.string()).length(10),
    'The recovery tokens. Each replaces a code once.',
    Array.from({ length: 10 }, (_, index) => `${index}A1B2C3D4E5F6G7H8J9KMNPQ`),
  ),
}).meta({ id: 'RecoveryTokens' });

export const twoFactorRoutes: readonly Route[] = [
  readRoute({
    method: 'GET',
    path: '/account/two-factor',
    summary: 'The secret for an authenticator',
    note: 'The same secret until it is confirmed or 15 minutes old. It belongs to the session or the API key of the request. HEAD creates none.',
    refusals: [TwoFactorAlreadyEnabled],
    answer: setupSchema,
    run: async ({ actor, dialect }) => {
      const setup = await getTwoFactorSetup(actor);
      return { data: { image_url_data: dialect === 'panel' ? setup.uri : await drawQrCode(setup), secret: setup.secret } };
    },
    head: async ({ actor }) => {
      if (await isTwoFactorEnabled(actor)) throw new TwoFactorAlreadyEnabled();
    },
  }),
  operationRoute({
    method: 'POST',
    path: '/account/two-factor',
    note: 'Read the secret first. The recovery tokens are in this answer only.',
    operation: enableOrRenewTwoFactor,
    example: { code: '123456', password: 'correct horse' },
    toInput: ({ code, password }) => ({ code, password }),
    answer: recoveryTokensSchema,
    toBody: ({ recoveryTokens }) => item('recovery_tokens', { tokens: recoveryTokens }),
    wording: twoFactorWording,
  }),
  operationRoute({
    method: 'POST',
    path: '/account/two-factor/disable',
    note: 'Where two-factor authentication is off, the answer is 204.',
    operation: disableTwoFactor,
    example: { password: 'correct horse' },
    toInput: ({ password }) => ({ password: asText(password) }),
    ignores: [TwoFactorNotEnabled],
    wording: twoFactorWording,
  }),
];
