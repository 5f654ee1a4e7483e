import type { Prisma, Transaction } from '../../db/database.ts';
import type { Actor } from '../actor.ts';
import { change } from '../change.ts';
import { parse } from '../input.ts';
import { operation } from '../operation.ts';
import { InvalidInput, NotFound } from '../refusals.ts';
import { planViewer, readViewer } from '../viewer.ts';
import { isOfFingerprint, readFingerprint } from './fingerprint.ts';
import { fingerprintInput, sshKeyInput } from './input.ts';
import { NoFingerprint, SshKeyAlreadyAdded, SshKeyLimitReached } from './refusals.ts';

/** The columns of an SSH key; `fingerprint` without the `SHA256:` prefix. */
export const sshKeyFields = {
  id: true,
  name: true,
  fingerprint: true,
  publicKey: true,
  createdAt: true,
} as const satisfies Prisma.SshKeySelect;

export type SshKey = Prisma.SshKeyGetPayload<{ select: typeof sshKeyFields }>;

/** The keys that are searched for one with an MD5, which is not stored. */
const searchedMax = 1_000;

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
    const sought = readFingerprint(parse(fingerprintInput, input).fingerprint);
    if (sought === null) throw new NoFingerprint();
    return change(actor, null, async (transaction, { id: accountId }) => {
      const where = { accountId, ...(sought.hash === 'sha256' ? { fingerprint: sought.value } : {}) };
      const keys = await transaction.sshKey.findMany({
        where,
        select: { id: true, fingerprint: true, publicKey: true },
        take: searchedMax,
      });
      const [found, ...others] = keys.filter((key) => isOfFingerprint(sought, key));
      // Two keys can be made to have one MD5: then it names neither.
      if (!found || others.length > 0) throw new NotFound();
      await transaction.sshKey.delete({ where: { id: found.id }, select: { id: true } });
      return { result: { id: found.id }, activity: { event: 'user:ssh-key.delete', properties: { fingerprint: found.fingerprint } } };
    });
  },
});

export const sshKeysPlan = planViewer(new Set(['sshKeys'] as const));

/** Lists the actor's SSH keys, oldest first. */
export async function listSshKeys(actor: Actor): Promise<readonly SshKey[]> {
  return (await readViewer(actor, sshKeysPlan)).sshKeys;
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
