// What the clients send. Each server answers these documents with the same bytes of data.

export const viewer = `{
  viewer {
    profile { username email firstName lastName language admin createdAt }
    apiKeys { identifier description allowedIps lastUsedAt createdAt }
    sshKeys { name fingerprint publicKey createdAt }
  }
}`;

export const typename = '{ __typename }';

/** The id is another one in each server. */
export const viewerId = '{ viewer { id } }';

export const createApiKey = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { ... on CreateApiKeyPayload { token apiKey { identifier } } }
}`;

export const deleteApiKey = `mutation ($input: DeleteApiKeyInput!) {
  deleteApiKey(input: $input) { ... on DeleteApiKeyPayload { deletedApiKeyId } }
}`;

export const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
