import { encodeGlobalID } from '@pothos/plugin-relay';
import { InvalidInput, NotFound, SshKeyAlreadyAdded, SshKeyLimitReached } from '../../account/refusals.ts';
import { addSshKey, readSshKey, removeSshKey, type SshKey } from '../../account/ssh-keys/ssh-keys.ts';
import { builder, parseId, requireViewer } from './builder.ts';
import { listCost } from './costs.ts';
import { fieldCosts } from './field-costs.ts';
import { payloadType, Viewer } from './viewer.ts';

const SshKeyType = builder.prismaNode('SshKey', {
  name: 'SshKey',
  description: 'An SSH public key of the account.',
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { asking: { viewer } }) => ({ id: parseId(id), accountId: viewer?.accountId ?? 0 }),
  select: { id: true },
  fields: (t) => ({
    name: t.exposeString('name', { description: "What the key is called, in its owner's words; 1 to 191 characters." }),
    fingerprint: t.string({
      description: '`SHA256:` and 43 characters of unpadded base64, as `ssh-keygen -l` prints it.',
      select: { fingerprint: true },
      resolve: ({ fingerprint }) => `SHA256:${fingerprint}`,
    }),
    publicKey: t.exposeString('publicKey', { description: 'The OpenSSH line, type and key, without comment: `ssh-ed25519 AAAA…`.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the key was added.' }),
  }),
});

builder.prismaObjectField(Viewer, 'sshKeys', (t) =>
  t.relation('sshKeys', {
    type: SshKeyType,
    description: 'SSH public keys, oldest first. An account has at most 100, unless the operator allows another number.',
    complexity: (_arguments, { visitor }) => listCost(visitor.tools.limits.sshKeysMax),
    query: { orderBy: { id: 'asc' } },
  }),
);

const AddSshKeyInput = builder.inputType('AddSshKeyInput', {
  description: 'A public key to be added.',
  fields: (t) => ({
    name: t.string({ description: 'What the key is called; 1 to 191 characters.' }),
    publicKey: t.string({
      description:
        'An OpenSSH line (`ssh-ed25519 AAAA… comment`) or a public key in PEM: Ed25519, ECDSA on a NIST curve, or RSA of 2048 bits and more. Never the private key.',
    }),
  }),
});

const AddSshKeyPayload = payloadType<{ sshKey: SshKey }>('AddSshKeyPayload', 'addSshKey');
builder.objectField(AddSshKeyPayload, 'sshKey', (t) =>
  t.prismaField({
    type: SshKeyType,
    description: 'The key.',
    resolve: (query, { sshKey }, _arguments, context) => readSshKey(requireViewer(context), sshKey.id, query),
  }),
);

builder.mutationField('addSshKey', (t) =>
  t.field({
    type: AddSshKeyPayload,
    description: 'Adds an SSH public key to the account.',
    complexity: fieldCosts.transaction,
    args: { input: t.arg({ type: AddSshKeyInput, description: 'The key and its name.' }) },
    errors: { types: [InvalidInput, SshKeyAlreadyAdded, SshKeyLimitReached] },
    resolve: (_root, { input }, context) => addSshKey(requireViewer(context), input).then((sshKey) => ({ sshKey })),
  }),
);

const RemoveSshKeyInput = builder.inputType('RemoveSshKeyInput', {
  description: 'A key to be removed.',
  fields: (t) => ({ fingerprint: t.string({ description: 'Its SHA-256 fingerprint, with or without `SHA256:`.' }) }),
});

const RemoveSshKeyPayload = payloadType<{ removedSshKeyId: string }>('RemoveSshKeyPayload', 'removeSshKey');
builder.objectField(RemoveSshKeyPayload, 'removedSshKeyId', (t) =>
  t.exposeID('removedSshKeyId', { description: 'The id that the key had.' }),
);

builder.mutationField('removeSshKey', (t) =>
  t.field({
    type: RemoveSshKeyPayload,
    description: 'Removes an SSH key from the account.',
    complexity: fieldCosts.transaction,
    args: { input: t.arg({ type: RemoveSshKeyInput, description: 'Which key.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: (_root, { input }, context) =>
      removeSshKey(requireViewer(context), input).then((id) => ({ removedSshKeyId: encodeGlobalID('SshKey', id) })),
  }),
);
