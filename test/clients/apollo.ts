import { ApolloClient } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { generate } from 'otplib';
import { createCache } from './apollo-cache.ts';
import { createCookieJar } from './cookie-jar.ts';
import * as operations from './generated/client/graphql.ts';

const { GATEWAY_URL: uri = '', GATEWAY_LOGIN: login = '', GATEWAY_PASSWORD: password = '', TOTP_SECRET: secret = '' } = process.env;

// A browser stores the session cookie by itself. In Node, this fetch stores it.
const session = createClient(new BatchHttpLink({ uri, fetch: createCookieJar() }));

const { signIn } = await dataOf(session.mutate({ mutation: operations.SignInDocument, variables: { input: { login, password } } }));
if ('code' in signIn) throw new Error(`${signIn.code}: ${signIn.message}`);
if (signIn.__typename === 'TwoFactorRequired') {
  const variables = { input: { challenge: signIn.challenge, answer: { code: await generate({ secret }) } } };
  const { completeSignIn } = await dataOf(session.mutate({ mutation: operations.CompleteSignInDocument, variables }));
  if ('code' in completeSignIn) throw new Error(`${completeSignIn.code}: ${completeSignIn.message}`);
}
const viewer = await readViewer(session);

const variables = { input: { description: 'backup' } };
const { createApiKey } = await dataOf(session.mutate({ mutation: operations.CreateApiKeyDocument, variables }));
if ('code' in createApiKey) throw new Error(`${createApiKey.code}: ${createApiKey.message}`);
const { apiKey, token } = createApiKey;

// A program uses an API key and has no session.
const program = createClient(new BatchHttpLink({ uri, headers: { authorization: `Bearer ${token}` } }));
const viewerByKey = await readViewer(program);

const { deleteApiKey } = await dataOf(
  session.mutate({ mutation: operations.DeleteApiKeyDocument, variables: { input: { identifier: apiKey.identifier } } }),
);
if ('code' in deleteApiKey) throw new Error(`${deleteApiKey.code}: ${deleteApiKey.message}`);

console.log(JSON.stringify({ viewer, viewerByKey, deletedApiKeyId: deleteApiKey.deletedApiKeyId }));

function createClient(link: BatchHttpLink): ApolloClient {
  return new ApolloClient({ link, cache: createCache() });
}

/** Three queries at once, as three components of a page send them. The link sends them in one request. */
async function readViewer(client: ApolloClient) {
  const answers = await Promise.all([
    dataOf(client.query({ query: operations.ProfileDocument })),
    dataOf(client.query({ query: operations.SessionsDocument })),
    dataOf(client.query({ query: operations.ApiKeysDocument })),
  ]);
  const [{ viewer: profile }, { viewer: sessions }, { viewer: apiKeys }] = answers;
  return { ...profile, ...sessions, ...apiKeys };
}

async function dataOf<Data>(result: Promise<{ data: Data | undefined }>): Promise<Data> {
  const { data } = await result;
  if (!data) throw new Error('The answer has no data.');
  return data;
}
