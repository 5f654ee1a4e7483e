import type { Actor } from '../../account/actor.ts';
import { NotFound } from '../../account/refusals.ts';
import { encodePem, normalizeFingerprint } from '../../account/ssh-keys/public-key.ts';
import { removeSshKey, type SshKey } from '../../account/ssh-keys/ssh-keys.ts';
import type { RestDialect } from '../../config/config.ts';
import { type Item, item, list, timestamp } from '../http/answer.ts';

export function sshKeyItem(sshKey: SshKey, dialect: RestDialect): Item {
  const isPanel = dialect === 'panel';
  return item('ssh_key', {
    name: sshKey.name,
    fingerprint: isPanel ? sshKey.fingerprint : `SHA256:${sshKey.fingerprint}`,
    public_key: isPanel ? encodePem(sshKey.publicKey) : sshKey.publicKey,
    created_at: timestamp(sshKey.createdAt),
  });
}

export function sshKeyList(sshKeys: readonly SshKey[], dialect: RestDialect) {
  return list(sshKeys.map((sshKey) => sshKeyItem(sshKey, dialect)));
}

/** Removes what a path names: a path that can be no fingerprint names nothing. */
export async function removeNamedSshKey(actor: Actor, fingerprint: string): Promise<void> {
  if (normalizeFingerprint(fingerprint) === null) throw new NotFound();
  await removeSshKey.run(actor, { fingerprint });
}
