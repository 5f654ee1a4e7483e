import { z } from 'zod';
import { NotFound } from '../../account/refusals.ts';
import { encodePem } from '../../account/ssh-keys/public-key.ts';
import { NoFingerprint } from '../../account/ssh-keys/refusals.ts';
import { addSshKey, listSshKeys, removeSshKey, type SshKey, sshKeysPlan } from '../../account/ssh-keys/ssh-keys.ts';
import type { RestDialect } from '../../config/config.ts';
import { operationRoute, type Route, readRoute } from '../http/route.ts';
import { field, item, itemOf, list, listOf, toWireTime, wireTime } from '../http/wire.ts';

const fingerprint = 'SHA256:sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';

const sshKeySchema = itemOf('ssh_key', {
  name: field(z.string(), 'The name of the key.', 'Laptop'),
  fingerprint: field(z.string(), 'The SHA-256 fingerprint in base64; without `SHA256:` in the panel dialect.', fingerprint),
  public_key: field(z.string(), 'The OpenSSH line without its comment; a PEM in the panel dialect, except for security keys.', publicKey),
  created_at: wireTime.describe('The time at which the key was added.'),
}).meta({ id: 'SshKey' });

function toSshKey(sshKey: SshKey, dialect: RestDialect): z.infer<typeof sshKeySchema> {
  const isPanel = dialect === 'panel';
  return item('ssh_key', {
    name: sshKey.name,
    fingerprint: isPanel ? sshKey.fingerprint : `SHA256:${sshKey.fingerprint}`,
    public_key: isPanel ? encodePem(sshKey.publicKey) : sshKey.publicKey,
    created_at: toWireTime(sshKey.createdAt),
  });
}

export const sshKeyRoutes: readonly Route[] = [
  readRoute({
    method: 'GET',
    path: '/account/ssh-keys',
    summary: 'SSH keys',
    note: 'Oldest first.',
    answer: listOf(sshKeySchema).meta({ id: 'SshKeyList' }),
    plan: sshKeysPlan,
    run: async ({ actor, dialect }) => list((await listSshKeys(actor)).map((sshKey) => toSshKey(sshKey, dialect))),
  }),
  operationRoute({
    method: 'POST',
    path: '/account/ssh-keys',
    operation: addSshKey,
    example: { name: 'Laptop', public_key: publicKey },
    toInput: ({ name, public_key }) => ({ name, publicKey: public_key }),
    answer: sshKeySchema,
    toBody: ({ sshKey }, dialect) => toSshKey(sshKey, dialect),
  }),
  operationRoute({
    method: 'POST',
    path: '/account/ssh-keys/remove',
    note: 'An unknown fingerprint is answered with 204.',
    operation: removeSshKey,
    example: { fingerprint },
    toInput: (fields) => ({ fingerprint: fields['fingerprint'] }),
    ignores: [NotFound, NoFingerprint],
  }),
  operationRoute({
    method: 'DELETE',
    path: '/account/ssh-keys/{fingerprint}',
    note: 'The slashes of the fingerprint can be escaped or not.',
    operation: removeSshKey,
    example: { fingerprint },
    toInput: (_fields, parameter) => ({ fingerprint: parameter }),
  }),
];
