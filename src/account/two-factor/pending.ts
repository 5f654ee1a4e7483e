import { generateSecret } from 'otplib';
import { seal, unseal } from '../../crypto/seal.ts';
import { isMissingReference, type Transaction } from '../../db/database.ts';
import type { Actor } from '../actor.ts';
import { Unauthenticated } from '../refusals.ts';

/** RFC 4226 §4 R6: 160 bits. */
const secretBytes = 20;
const setupMinutes = 15;

/** A secret that awaits its confirmation. */
export type PendingSecret = {
  /** 32 characters of base32. */
  readonly secret: string;
  readonly expiresAt: Date;
};

/** The owner of a sealed two-factor secret: in the row of another account it cannot be unsealed. */
export function secretOwner(accountId: number): string {
  return `account:${accountId}:two-factor`;
}

/** Finds the pending secret of the session or the API key that acts. No other credential of the account sees or confirms it. */
export async function findPending(
  db: Pick<Transaction, 'twoFactorSetup'>,
  { accountId, credential, tools, now }: Actor,
): Promise<PendingSecret | null> {
  const where = { accountId, ...credentialOf(credential), expiresAt: { gt: now() } };
  const pending = await db.twoFactorSetup.findFirst({ where, select: { secret: true, expiresAt: true } });
  return pending && { ...pending, secret: unseal(tools.keys, secretOwner(accountId), pending.secret) };
}

/**
 * Generates a secret for the session or the API key that acts. First reads at the same time get one secret: each generates one,
 * the statements store the first, and all read that.
 * @throws Unauthenticated when the credential ended meanwhile.
 */
export async function startPending(actor: Actor): Promise<PendingSecret> {
  const { accountId, tools } = actor;
  const { db } = tools;
  const now = actor.now();
  const secret = seal(tools.keys, secretOwner(accountId), generateSecret({ length: secretBytes }));
  const expiresAt = new Date(now.getTime() + setupMinutes * 60_000);
  const credential = credentialOf(actor.credential);
  await db.twoFactorSetup.createMany({ data: [{ accountId, ...credential, secret, expiresAt }], skipDuplicates: true }).catch((error) => {
    throw isMissingReference(error) ? new Unauthenticated() : error;
  });
  await db.twoFactorSetup.updateMany({ where: { ...credential, expiresAt: { lte: now } }, data: { secret, expiresAt } });
  const pending = await findPending(db, actor);
  if (!pending) throw new Unauthenticated();
  return pending;
}

/** Deletes the pending secret of the session or the API key that acts. */
export async function deletePending(transaction: Transaction, { credential }: Actor): Promise<void> {
  await transaction.twoFactorSetup.deleteMany({ where: credentialOf(credential) });
}

function credentialOf(credential: Actor['credential']) {
  if (credential.kind === 'operator') throw new Error('the operator has no pending two-factor secret');
  return credential.kind === 'session' ? { sessionId: credential.id } : { apiKeyId: credential.id };
}
