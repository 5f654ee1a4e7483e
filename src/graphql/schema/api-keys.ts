import { encodeGlobalID } from '@pothos/plugin-relay';
import { createApiKey, deleteApiKey, lastUseOf, readApiKey } from '../../account/api-keys/api-keys.ts';
import { ApiKeyLimitReached, InvalidInput, NotFound } from '../../account/refusals.ts';
import { builder, parseId, requireViewer } from './builder.ts';
import { listCost } from './costs.ts';
import { fieldCosts } from './field-costs.ts';
import { payloadType, Viewer } from './viewer.ts';

/** A key, without its secret. */
export const ApiKey = builder.prismaNode('ApiKey', {
  description: 'A key that opens the API for programs. Its secret is shown once, when it is made.',
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { asking: { viewer } }) => ({ id: parseId(id), accountId: viewer?.accountId ?? 0 }),
  select: { id: true },
  fields: (t) => ({
    identifier: t.exposeString('identifier', { description: 'The first 16 characters of the token, `ptlc_` and 11; not secret.' }),
    description: t.exposeString('description', { description: "What the key is for, in its maker's words; 1 to 500 characters." }),
    allowedIps: t.exposeStringList('allowedIps', {
      description: 'Addresses and CIDR ranges the key may be used from: `192.0.2.7`, `2001:db8::/32`; empty: any address.',
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the key was last used, to within a second; null before the first request.',
      select: { id: true, lastUsedAt: true },
      resolve: (apiKey, _arguments, context) => lastUseOf(requireViewer(context), apiKey),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the key was made.' }),
  }),
});

builder.prismaObjectField(Viewer, 'apiKeys', (t) =>
  t.relation('apiKeys', {
    type: ApiKey,
    description: 'API keys, oldest first. An account has at most 25, unless the operator allows another number.',
    complexity: (_arguments, { visitor }) => listCost(visitor.tools.limits.apiKeysMax),
    query: { orderBy: { id: 'asc' } },
  }),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A key to be made.',
  fields: (t) => ({
    description: t.string({ description: 'What the key is for; 1 to 500 characters.' }),
    allowedIps: t.stringList({
      required: false,
      description: 'At most 50 addresses and CIDR ranges, IPv4 or IPv6: `["192.0.2.7", "2001:db8::/32"]`. Left out or empty: any address.',
    }),
  }),
});

type CreatedApiKey = Awaited<ReturnType<typeof createApiKey>>;
const CreateApiKeyPayload = payloadType<CreatedApiKey>('CreateApiKeyPayload', 'createApiKey');
builder.objectFields(CreateApiKeyPayload, (t) => ({
  apiKey: t.prismaField({
    type: ApiKey,
    description: 'The key.',
    resolve: (query, { apiKey }, _arguments, context) => readApiKey(requireViewer(context), apiKey.id, query),
  }),
  token: t.exposeString('token', {
    description:
      'The whole bearer token, 48 characters: identifier and secret. Send it as `Authorization: Bearer ptlc_…`. Shown this once.',
  }),
}));

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyPayload,
    description: 'Makes an API key. It may do what its owner may, from the addresses that it allows.',
    complexity: fieldCosts.transaction,
    args: { input: t.arg({ type: CreateApiKeyInput, description: 'What the key is for and where it may be used from.' }) },
    errors: { types: [InvalidInput, ApiKeyLimitReached] },
    resolve: (_root, { input }, context) => createApiKey(requireViewer(context), input),
  }),
);

const DeleteApiKeyInput = builder.inputType('DeleteApiKeyInput', {
  description: 'A key to be deleted.',
  fields: (t) => ({ identifier: t.string({ description: 'The first 16 characters of its token: `ptlc_` and 11.' }) }),
});

const DeleteApiKeyPayload = payloadType<{ deletedApiKeyId: string }>('DeleteApiKeyPayload', 'deleteApiKey');
builder.objectField(DeleteApiKeyPayload, 'deletedApiKeyId', (t) =>
  t.exposeID('deletedApiKeyId', { description: 'The id that the key had.' }),
);

builder.mutationField('deleteApiKey', (t) =>
  t.field({
    type: DeleteApiKeyPayload,
    complexity: fieldCosts.transaction,
    description: 'Deletes an API key; it opens nothing from the next request on. A key may delete itself.',
    args: { input: t.arg({ type: DeleteApiKeyInput, description: 'Which key.' }) },
    errors: { types: [NotFound] },
    resolve: (_root, { input }, context) =>
      deleteApiKey(requireViewer(context), input).then((id) => ({ deletedApiKeyId: encodeGlobalID('ApiKey', id) })),
  }),
);
