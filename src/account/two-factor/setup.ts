import { generateURI } from 'otplib';
import { toDataURL } from 'qrcode';
import type { Actor } from '../actor.ts';
import { Unauthenticated } from '../refusals.ts';
import { findPending, type PendingSecret, startPending } from './pending.ts';
import { TwoFactorAlreadyEnabled } from './refusals.ts';

/** What the largest QR code holds at error correction M (ISO/IEC 18004, version 40). */
const uriCharactersMax = 2331;

/** A pending secret, as an authenticator takes it. */
export type TwoFactorSetup = PendingSecret & {
  /** The otpauth address that an authenticator reads. */
  readonly uri: string;
};

/**
 * The pending secret of the session or the API key that acts. It stays the same until it is confirmed or expires, so that two
 * reads and two tabs show one QR code. Null where two-factor authentication is enabled.
 */
export async function findTwoFactorSetup(actor: Actor): Promise<TwoFactorSetup | null> {
  const { db, issuer } = actor.tools;
  const select = { email: true, username: true, twoFactor: { select: { secret: true } } } as const;
  const account = await db.account.findFirst({ where: { id: actor.accountId }, select });
  if (!account) throw new Unauthenticated();
  if (account.twoFactor?.secret != null) return null;
  const pending = (await findPending(db, actor)) ?? (await startPending(actor));
  return { ...pending, uri: writeUri(issuer, pending.secret, account) };
}

/**
 * With the e-mail address; with the username where the address has a colon, which would end the issuer in the label, or is too
 * long for a QR code: a letter can take twelve characters.
 */
function writeUri(issuer: string, secret: string, { email, username }: { email: string; username: string }): string {
  const uri = generateURI({ issuer, label: email, secret });
  return uri.length <= uriCharactersMax && !email.includes(':') ? uri : generateURI({ issuer, label: username, secret });
}

/**
 * The pending secret.
 * @throws TwoFactorAlreadyEnabled
 */
export async function getTwoFactorSetup(actor: Actor): Promise<TwoFactorSetup> {
  const setup = await findTwoFactorSetup(actor);
  if (!setup) throw new TwoFactorAlreadyEnabled();
  return setup;
}

/** The address as a QR code: a PNG in a data URI. */
export function drawQrCode(setup: TwoFactorSetup): Promise<string> {
  return toDataURL(setup.uri, { errorCorrectionLevel: 'M', margin: 4, scale: 6 });
}
