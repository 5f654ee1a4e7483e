import type { ApiKey } from '../../account/api-keys/api-keys.ts';
import { type Item, item, list, timestamp } from '../http/answer.ts';

export function apiKeyItem(apiKey: ApiKey, meta?: unknown): Item {
  const attributes = {
    identifier: apiKey.identifier,
    description: apiKey.description,
    allowed_ips: apiKey.allowedIps,
    last_used_at: timestamp(apiKey.lastUsedAt),
    created_at: timestamp(apiKey.createdAt),
  };
  return item('api_key', attributes, meta);
}

export function apiKeyList(apiKeys: readonly ApiKey[]) {
  return list(apiKeys.map((apiKey) => apiKeyItem(apiKey)));
}

/** `secret_token` is the second half of the token: callers put the identifier before it. */
export function createdApiKeyItem({ apiKey, token }: { apiKey: ApiKey; token: string }): Item {
  return apiKeyItem(apiKey, { secret_token: token.slice(apiKey.identifier.length) });
}
