import { encodeGlobalID } from '@pothos/plugin-relay';
import { createApiKey, deleteApiKey, findApiKeys, lastUseOf } from '../../account/api-keys/api-keys.ts';
import { builder, requireActor, rowId } from './builder.ts';
import { listCost } from './costs.ts';
import { asLoaded } from './loaded-rows.ts';
import { mutation } from './mutation.ts';
import { registerNode } from './node.ts';
import { createRowsPerTick } from './once-per-tick.ts';
import { Viewer, withViewer } from './viewer.ts';

/** An API key, without its secret. */
export const ApiKey = builder.prismaNode('ApiKey', {
  description: 'A key with which programs use the API. Its secret is shown once, when the key is created.',
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    identifier: t.exposeString('identifier', { description: 'The first 16 characters of the token: `ptlc_` and 11 more. Not secret.' }),
    description: t.exposeString('description', { description: 'What the key is used for: 1 to 500 characters.' }),
    allowedIps: t.exposeStringList('allowedIps', {
      description:
        'The addresses and ranges that the key is allowed from, as they were entered: `192.0.2.7`, `2001:db8::/32`. Empty: any address.',
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The time of the last request with the key, to within a second. Null before the first request.',
      select: { id: true, lastUsedAt: true },
      resolve: (apiKey, _arguments, context) => lastUseOf(requireActor(context), apiKey),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'The time when the key was created.' }),
  }),
});

const apiKeys = createRowsPerTick(findApiKeys, ({ id }) => id);
registerNode('ApiKey', (actor, id) => apiKeys(actor, rowId(id)));

builder.prismaObjectField(Viewer, 'apiKeys', (t) =>
  t.relation('apiKeys', {
    type: ApiKey,
    description: 'The API keys of the account, oldest first. An account has at most 25, unless the operator sets another number.',
    complexity: (_arguments, { visitor }) => listCost(visitor.tools.limits.listed.apiKeys),
  }),
);

builder.objectFields(withViewer(mutation(createApiKey)), (t) => ({
  apiKey: t.field({ type: ApiKey, description: 'The key.', resolve: ({ result }) => asLoaded(result.apiKey) }),
  token: t.string({
    description:
      'The bearer token: 48 characters, the identifier and the secret. Send it as `Authorization: Bearer ptlc_…`. Shown only here.',
    resolve: ({ result }) => result.token,
  }),
}));

builder.objectField(withViewer(mutation(deleteApiKey)), 'deletedApiKeyId', (t) =>
  t.id({ description: 'The id that the key had.', resolve: ({ result }) => encodeGlobalID('ApiKey', result.id) }),
);
