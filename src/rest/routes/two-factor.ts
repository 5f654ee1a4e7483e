import type { Actor } from '../../account/actor.ts';
import { TwoFactorAlreadyEnabled } from '../../account/two-factor/refusals.ts';
import { drawQrCode, type TwoFactorSetup } from '../../account/two-factor/setup.ts';
import { isTwoFactorEnabled } from '../../account/two-factor/two-factor.ts';
import type { RestDialect } from '../../config/config.ts';
import { type Item, item } from '../http/answer.ts';

/** The one answer without an `object`. The documentation shows a picture; the running panel sends the address of one. */
export async function setupData(setup: TwoFactorSetup, dialect: RestDialect) {
  return { data: { image_url_data: dialect === 'panel' ? setup.uri : await drawQrCode(setup), secret: setup.secret } };
}

export function recoveryTokensItem(tokens: readonly string[]): Item {
  return item('recovery_tokens', { tokens });
}

/** Whether there would be a setup to read: no secret is made for it. */
export async function headSetup(actor: Actor): Promise<object> {
  if (await isTwoFactorEnabled(actor)) throw new TwoFactorAlreadyEnabled();
  return {};
}
