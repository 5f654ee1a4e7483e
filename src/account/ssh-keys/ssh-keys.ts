import type { Prisma, Transaction } from '../../db/database.ts';
import type { Actor } from '../actor.ts';
import { change } from '../change.ts';
import { parse } from '../input.ts';
import { operation } from '../operation.ts';
import { InvalidInput, NotFound } from '../refusals.ts';
import { fingerprintInput, sshKeyInput } from './input.ts';
import { normalizeFingerprint } from './public-key.ts';
import { SshKeyAlreadyAdded, SshKeyLimitReached } from './refusals.ts';

/** The columns of an SSH key; `fingerprint` without the `SHA256:` prefix. */
export const sshKeyFields = {
  id: true,
  name: true,
  fingerprint: true,
  publicKey: true,
  createdAt: true,
} as const satisfies Prisma.SshKeySelect;

export type SshKey = Prisma.SshKeyGetPayload<{ select: typeof sshKeyFields }>;

/** The order of a list of SSH keys: oldest first. */
export const sshKeyListing = { orderBy: { id: 'asc' } } as const satisfies Prisma.SshKeyFindManyArgs;

export const addSshKey = operation({
  name: 'addSshKey',
  description: 'Adds an SSH public key to the account. The comment of the key is not kept.',
  input: sshKeyInput,
  refusals: [InvalidInput, SshKeyAlreadyAdded, SshKeyLimitReached],
  requires: { credential: 'any' },
  async run(actor, input) {
    const { name, publicKey } = parse(sshKeyInput, input);
    const { fingerprint, line } = publicKey;
    return change(actor, null, async (transaction, { id: accountId }) => {
      const where = { accountId_fingerprint: { accountId, fingerprint } };
      if (await transaction.sshKey.findUnique({ where, select: { id: true } })) throw new SshKeyAlreadyAdded();
      await assertSshKeyLeft(transaction, actor);
      const sshKey = await transaction.sshKey.create({
        data: { accountId, name, fingerprint, publicKey: line, createdAt: actor.now() },
        select: sshKeyFields,
      });
      return { result: { sshKey }, activity: { event: 'user:ssh-key.create', properties: { fingerprint } } };
    });
  },
});

export const removeSshKey = operation({
  name: 'removeSshKey',
  description: 'Removes an SSH key from the account.',
  input: fingerprintInput,
  refusals: [InvalidInput, NotFound],
  requires: { credential: 'any' },
  async run(actor, input) {
    const fingerprint = normalizeFingerprint(parse(fingerprintInput, input).fingerprint);
    if (fingerprint === null) throw new NotFound();
    return change(actor, null, async (transaction, { id: accountId }) => {
      const where = { accountId_fingerprint: { accountId, fingerprint } };
      const sshKey = await transaction.sshKey.findUnique({ where, select: { id: true } });
      if (!sshKey) throw new NotFound();
      await transaction.sshKey.delete({ where, select: { id: true } });
      return { result: sshKey, activity: { event: 'user:ssh-key.delete', properties: { fingerprint } } };
    });
  },
});

/** Lists the actor's SSH keys, oldest first. */
export function listSshKeys({ tools, accountId }: Actor): Promise<SshKey[]> {
  return tools.db.sshKey.findMany({ ...sshKeyListing, where: { accountId }, select: sshKeyFields });
}

/** Finds the actor's SSH keys of some ids. */
export function findSshKeys({ tools, accountId }: Actor, ids: readonly number[]): Promise<SshKey[]> {
  return tools.db.sshKey.findMany({ where: { accountId, id: { in: [...ids] } }, take: ids.length, select: sshKeyFields });
}

/** A fingerprint as `ssh-keygen -l` prints it. */
export function formatFingerprint(fingerprint: string): string {
  return `SHA256:${fingerprint}`;
}

async function assertSshKeyLeft(transaction: Transaction, { tools, accountId }: Actor): Promise<void> {
  const { sshKeysMax } = tools.limits;
  if (sshKeysMax === 0) return;
  if ((await transaction.sshKey.count({ where: { accountId } })) >= sshKeysMax) throw new SshKeyLimitReached();
}
