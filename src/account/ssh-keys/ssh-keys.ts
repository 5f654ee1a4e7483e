import { z } from 'zod';
import type { Prisma, Transaction } from '../../db/database.ts';
import { recordActivity } from '../activity/activity.ts';
import type { Actor } from '../actor.ts';
import { broken, parseInput, text } from '../input.ts';
import { lockAccount } from '../profile/profile.ts';
import { NotFound, SshKeyAlreadyAdded, SshKeyLimitReached } from '../refusals.ts';
import { normalizeFingerprint, type PublicKey, parsePublicKey } from './public-key.ts';

/** What a key shows of itself; `fingerprint` without the `SHA256:` prefix. */
export const sshKeyFields = {
  id: true,
  name: true,
  fingerprint: true,
  publicKey: true,
  createdAt: true,
} as const satisfies Prisma.SshKeySelect;

export type SshKey = Prisma.SshKeyGetPayload<{ select: typeof sshKeyFields }>;

/** A key to be added. */
export const sshKeyInput = z.object({
  name: text({ most: 191 }),
  publicKey: text({ most: 16_384 }).transform((value, context): PublicKey => {
    const publicKey = parsePublicKey(value);
    if (!('rule' in publicKey)) return publicKey;
    context.addIssue(broken(publicKey.rule, publicKey.limit, publicKey.given));
    return z.NEVER;
  }),
});

/** Which key. */
export const fingerprintInput = z.object({ fingerprint: text({ most: 191 }) });

/**
 * Adds a public key. Kept is the OpenSSH line without its comment.
 * @throws InvalidInput, SshKeyAlreadyAdded, SshKeyLimitReached.
 */
export async function addSshKey(actor: Actor, input: { name: unknown; publicKey: unknown }): Promise<SshKey> {
  const { name, publicKey } = parseInput(sshKeyInput, input);
  const { fingerprint, line } = publicKey;
  const { accountId } = actor;
  return actor.tools.db.$transaction(async (transaction) => {
    await lockAccount(transaction, accountId);
    const existing = await transaction.sshKey.findUnique({
      where: { accountId_fingerprint: { accountId, fingerprint } },
      select: { id: true },
    });
    if (existing) throw new SshKeyAlreadyAdded();
    await assertSshKeyLeft(transaction, actor);
    const created = await transaction.sshKey.create({
      data: { accountId, name, fingerprint, publicKey: line, createdAt: actor.now() },
      select: sshKeyFields,
    });
    await recordActivity(transaction, actor, 'user:ssh-key.create', { fingerprint });
    return created;
  });
}

/** Lists the actor's keys, oldest first. */
export function listSshKeys(actor: Actor): Promise<SshKey[]> {
  return actor.tools.db.sshKey.findMany({ where: { accountId: actor.accountId }, orderBy: { id: 'asc' }, select: sshKeyFields });
}

/** Reads one of the actor's keys with whatever a Prisma selection asks for. */
export function readSshKey(actor: Actor, id: number, selection: Prisma.SshKeyDefaultArgs) {
  return actor.tools.db.sshKey.findUniqueOrThrow({ ...selection, where: { id, accountId: actor.accountId } });
}

/**
 * Removes a key by its fingerprint, with or without `SHA256:`.
 * @returns the id it had.
 * @throws InvalidInput, NotFound also for a key of another account.
 */
export async function removeSshKey(actor: Actor, input: { fingerprint: unknown }): Promise<number> {
  const { accountId } = actor;
  const fingerprint = normalizeFingerprint(parseInput(fingerprintInput, input).fingerprint);
  if (fingerprint === null) throw new NotFound();
  return actor.tools.db.$transaction(async (transaction) => {
    const sshKey = await transaction.sshKey.findUnique({
      where: { accountId_fingerprint: { accountId, fingerprint } },
      select: { id: true },
    });
    const { count } = await transaction.sshKey.deleteMany({ where: { accountId, fingerprint } });
    if (!sshKey || count === 0) throw new NotFound();
    await recordActivity(transaction, actor, 'user:ssh-key.delete', { fingerprint });
    return sshKey.id;
  });
}

async function assertSshKeyLeft(transaction: Transaction, actor: Actor): Promise<void> {
  const { sshKeysMax } = actor.tools.limits;
  if (sshKeysMax === 0) return;
  const count = await transaction.sshKey.count({ where: { accountId: actor.accountId } });
  if (count >= sshKeysMax) throw new SshKeyLimitReached();
}
