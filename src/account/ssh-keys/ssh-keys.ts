import { z } from 'zod';
import type { Prisma, Transaction } from '../../db/database.ts';
import { recordActivity } from '../activity/activity.ts';
import { NotFound, SshKeyAlreadyAdded, SshKeyLimitReached } from '../refusals.ts';
import { broken, parseInput, text } from '../input.ts';
import { lockAccount } from '../profile/profile.ts';
import type { Viewer } from '../actor.ts';
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
    if (typeof publicKey === 'object') return publicKey;
    context.addIssue(broken(publicKey === 'invalid' ? 'public_key' : publicKey));
    return z.NEVER;
  }),
});

/** Which key. */
export const fingerprintInput = z.object({ fingerprint: text({ most: 191 }) });

/**
 * Adds a public key. Kept is the OpenSSH line without its comment.
 * @throws InvalidInput, SshKeyAlreadyAdded, SshKeyLimitReached.
 */
export async function addSshKey(viewer: Viewer, input: { name: unknown; publicKey: unknown }): Promise<SshKey> {
  const { name, publicKey } = parseInput(sshKeyInput, input);
  const { fingerprint, line } = publicKey;
  const { accountId } = viewer;
  return viewer.db.$transaction(async (transaction) => {
    await lockAccount(transaction, accountId);
    const existing = await transaction.sshKey.findUnique({
      where: { accountId_fingerprint: { accountId, fingerprint } },
      select: { id: true },
    });
    if (existing) throw new SshKeyAlreadyAdded();
    await assertSshKeyLeft(transaction, viewer);
    const created = await transaction.sshKey.create({
      data: { accountId, name, fingerprint, publicKey: line, createdAt: viewer.now() },
      select: sshKeyFields,
    });
    await recordActivity(transaction, viewer, 'user:ssh-key.create', { fingerprint });
    return created;
  });
}

/** Lists the viewer's keys, oldest first. */
export function listSshKeys(viewer: Viewer): Promise<SshKey[]> {
  return viewer.db.sshKey.findMany({ where: { accountId: viewer.accountId }, orderBy: { id: 'asc' }, select: sshKeyFields });
}

/** Reads one of the viewer's keys with whatever a Prisma selection asks for. */
export function readSshKey(viewer: Viewer, id: number, selection: Prisma.SshKeyDefaultArgs) {
  return viewer.db.sshKey.findUniqueOrThrow({ ...selection, where: { id, accountId: viewer.accountId } });
}

/**
 * Removes a key by its fingerprint, with or without `SHA256:`.
 * @returns the id it had.
 * @throws InvalidInput, NotFound also for a key of another account.
 */
export async function removeSshKey(viewer: Viewer, input: { fingerprint: unknown }): Promise<number> {
  const { accountId } = viewer;
  const fingerprint = normalizeFingerprint(parseInput(fingerprintInput, input).fingerprint);
  if (fingerprint === null) throw new NotFound();
  return viewer.db.$transaction(async (transaction) => {
    const sshKey = await transaction.sshKey.findUnique({
      where: { accountId_fingerprint: { accountId, fingerprint } },
      select: { id: true },
    });
    const { count } = await transaction.sshKey.deleteMany({ where: { accountId, fingerprint } });
    if (!sshKey || count === 0) throw new NotFound();
    await recordActivity(transaction, viewer, 'user:ssh-key.delete', { fingerprint });
    return sshKey.id;
  });
}

async function assertSshKeyLeft(transaction: Transaction, viewer: Viewer): Promise<void> {
  const { sshKeysMax } = viewer.limits;
  if (sshKeysMax === 0) return;
  const count = await transaction.sshKey.count({ where: { accountId: viewer.accountId } });
  if (count >= sshKeysMax) throw new SshKeyLimitReached();
}
