import { z } from 'zod';
import { type ApiKey, apiKeysPlan, createApiKey, deleteApiKey, listApiKeys } from '../../account/api-keys/api-keys.ts';
import { asList } from '../http/request.ts';
import { operationRoute, type Route, readRoute } from '../http/route.ts';
import { field, item, itemOf, list, listOf, toWireTime, wireTime } from '../http/wire.ts';

const identifier = 'ptlc_a1B2c3D4e5F';
const allowedIps = ['192.0.2.7', '2001:db8::/32'];

const apiKeySchema = itemOf('api_key', {
  identifier: field(z.string().length(16), 'The first 16 characters of the token.', identifier),
  description: field(z.string(), 'What the key is used for.', 'Deployment'),
  allowed_ips: field(
    z.array(z.string()),
    'The addresses and ranges that the key is allowed from, as they were entered. Empty: any address.',
    allowedIps,
  ),
  last_used_at: field(wireTime.nullable(), 'The time of the last use.', null),
  created_at: wireTime.describe('The time of creation.'),
});

const createdApiKeySchema = apiKeySchema
  .extend({
    meta: z.object({
      secret_token: field(z.string(), 'The secret. The bearer token is `identifier` followed by it.', 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4'),
    }),
  })
  .meta({ id: 'CreatedApiKey' });

function toApiKey(apiKey: ApiKey): z.infer<typeof apiKeySchema> {
  return item('api_key', {
    identifier: apiKey.identifier,
    description: apiKey.description,
    allowed_ips: apiKey.allowedIps,
    last_used_at: apiKey.lastUsedAt && toWireTime(apiKey.lastUsedAt),
    created_at: toWireTime(apiKey.createdAt),
  });
}

export const apiKeyRoutes: readonly Route[] = [
  readRoute({
    method: 'GET',
    path: '/account/api-keys',
    summary: 'API keys',
    note: 'Oldest first, without their secrets.',
    answer: listOf(apiKeySchema).meta({ id: 'ApiKeyList' }),
    plan: apiKeysPlan,
    run: async ({ actor }) => list((await listApiKeys(actor)).map(toApiKey)),
  }),
  operationRoute({
    method: 'POST',
    path: '/account/api-keys',
    note: 'The secret is in this answer only.',
    operation: createApiKey,
    example: { description: 'Deployment', allowed_ips: allowedIps },
    toInput: ({ description, allowed_ips }) => ({ description, allowedIps: asEntries(allowed_ips) }),
    answer: createdApiKeySchema,
    toBody: ({ apiKey, token }) => ({ ...toApiKey(apiKey), meta: { secret_token: token.slice(apiKey.identifier.length) } }),
  }),
  operationRoute({
    method: 'DELETE',
    path: '/account/api-keys/{identifier}',
    operation: deleteApiKey,
    example: { identifier },
    toInput: (_fields, parameter) => ({ identifier: parameter }),
  }),
];

/** An empty string in the list was read as null. */
function asEntries(value: unknown): unknown {
  const entries = asList(value);
  return Array.isArray(entries) ? entries.map((entry) => entry ?? '') : entries;
}
