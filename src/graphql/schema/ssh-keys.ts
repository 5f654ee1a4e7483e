import { encodeGlobalID } from '@pothos/plugin-relay';
import { addSshKey, findSshKeys, formatFingerprint, removeSshKey } from '../../account/ssh-keys/ssh-keys.ts';
import { builder, rowId } from './builder.ts';
import { listCost } from './costs.ts';
import { asLoaded } from './loaded-rows.ts';
import { mutation } from './mutation.ts';
import { registerNode } from './node.ts';
import { createRowsPerTick } from './once-per-tick.ts';
import { Viewer, withViewer } from './viewer.ts';

const SshKey = builder.prismaNode('SshKey', {
  description: 'An SSH public key of the account.',
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name of the key: 1 to 191 characters.' }),
    fingerprint: t.string({
      description: '`SHA256:` and 43 characters of unpadded base64, as `ssh-keygen -l` prints it.',
      select: { fingerprint: true },
      resolve: ({ fingerprint }) => formatFingerprint(fingerprint),
    }),
    publicKey: t.exposeString('publicKey', { description: 'The OpenSSH line: type and key, without the comment: `ssh-ed25519 AAAA…`.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'The time when the key was added.' }),
  }),
});

const sshKeys = createRowsPerTick(findSshKeys, ({ id }) => id);
registerNode('SshKey', (actor, id) => sshKeys(actor, rowId(id)));

builder.prismaObjectField(Viewer, 'sshKeys', (t) =>
  t.relation('sshKeys', {
    type: SshKey,
    description: 'The SSH public keys of the account, oldest first. An account has at most 100, unless the operator sets another number.',
    complexity: (_arguments, { visitor }) => listCost(visitor.tools.limits.listed.sshKeys),
  }),
);

builder.objectField(withViewer(mutation(addSshKey)), 'sshKey', (t) =>
  t.field({ type: SshKey, description: 'The key.', resolve: ({ result }) => asLoaded(result.sshKey) }),
);

builder.objectField(withViewer(mutation(removeSshKey)), 'removedSshKeyId', (t) =>
  t.id({ description: 'The id that the key had.', resolve: ({ result }) => encodeGlobalID('SshKey', result.id) }),
);
