import { generateSecret, generateURI } from 'otplib';
import { toDataURL } from 'qrcode';
import { seal, unseal } from '../../crypto/seal.ts';
import type { Actor } from '../actor.ts';
import { Unauthenticated } from '../refusals.ts';
import { TwoFactorAlreadyEnabled } from './refusals.ts';

/** RFC 4226 §4 R6: 160 bits. */
const secretBytes = 20;
const setupMinutes = 15;
/** What the largest QR code holds at error correction M (ISO/IEC 18004, version 40). */
const uriCharactersMax = 2331;

/** A pending secret. */
export type TwoFactorSetup = {
  /** 32 characters of base32. */
  readonly secret: string;
  /** The otpauth address that an authenticator reads. */
  readonly uri: string;
  readonly expiresAt: Date;
};

/**
 * The pending secret, which stays the same until it is confirmed or expires, so that two reads and two tabs show one QR code.
 * Null where two-factor authentication is enabled.
 */
export async function findTwoFactorSetup(actor: Actor): Promise<TwoFactorSetup | null> {
  const pending = (await findPending(actor)) ?? (await startSetup(actor));
  if (pending === 'enabled') return null;
  const account = await actor.tools.db.account.findUnique({ where: { id: actor.accountId }, select: { email: true, username: true } });
  if (!account) throw new Unauthenticated();
  return { ...pending, uri: writeUri(actor.tools.issuer, pending.secret, account) };
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

/** The owner of a sealed two-factor secret: in the row of another account it cannot be unsealed. */
export function secretOwner(accountId: number): string {
  return `account:${accountId}:two-factor`;
}

type Pending = { readonly secret: string; readonly expiresAt: Date };

async function findPending(actor: Actor): Promise<Pending | 'enabled' | null> {
  const row = await actor.tools.db.twoFactor.findUnique({ where: { accountId: actor.accountId } });
  if (row?.secret != null) return 'enabled';
  if (!row?.pendingSecret || !row.pendingExpiresAt || row.pendingExpiresAt <= actor.now()) return null;
  return { secret: unseal(actor.tools.keys, secretOwner(actor.accountId), row.pendingSecret), expiresAt: row.pendingExpiresAt };
}

/** First reads at the same time get one secret: each generates one, the statements store the first, and all read that. */
async function startSetup(actor: Actor): Promise<Pending | 'enabled'> {
  const {
    accountId,
    tools: { db },
  } = actor;
  const now = actor.now();
  const pendingSecret = seal(actor.tools.keys, secretOwner(accountId), generateSecret({ length: secretBytes }));
  const pendingExpiresAt = new Date(now.getTime() + setupMinutes * 60_000);
  await db.twoFactor.createMany({ data: [{ accountId, pendingSecret, pendingExpiresAt }], skipDuplicates: true });
  await db.twoFactor.updateMany({
    where: { accountId, secret: null, OR: [{ pendingExpiresAt: null }, { pendingExpiresAt: { lte: now } }] },
    data: { pendingSecret, pendingExpiresAt },
  });
  const pending = await findPending(actor);
  if (!pending) throw new Error('the two-factor setup was deleted while it was read');
  return pending;
}
