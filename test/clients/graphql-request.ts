import { GraphQLClient } from 'graphql-request';
import { generate } from 'otplib';
import { createCookieJar } from './cookie-jar.ts';
import * as operations from './generated/client/graphql.ts';

const { GATEWAY_URL: url = '', GATEWAY_LOGIN: login = '', GATEWAY_PASSWORD: password = '', TOTP_SECRET: secret = '' } = process.env;

// A browser stores the session cookie by itself. In Node, this fetch stores it.
const session = new GraphQLClient(url, { fetch: createCookieJar() });

const { signIn } = await session.request(operations.SignInDocument, { input: { login, password } });
if ('code' in signIn) throw new Error(`${signIn.code}: ${signIn.message}`);
if (signIn.__typename === 'TwoFactorRequired') {
  const input = { challenge: signIn.challenge, answer: { code: await generate({ secret }) } };
  const { completeSignIn } = await session.request(operations.CompleteSignInDocument, { input });
  if ('code' in completeSignIn) throw new Error(`${completeSignIn.code}: ${completeSignIn.message}`);
}
const { viewer } = await session.request(operations.AccountDocument);

const { createApiKey } = await session.request(operations.CreateApiKeyDocument, { input: { description: 'backup' } });
if ('code' in createApiKey) throw new Error(`${createApiKey.code}: ${createApiKey.message}`);
const { apiKey, token } = createApiKey;

// A program uses an API key and has no session.
const program = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` } });
const { viewer: viewerByKey } = await program.request(operations.AccountDocument);

const { deleteApiKey } = await session.request(operations.DeleteApiKeyDocument, { input: { identifier: apiKey.identifier } });
if ('code' in deleteApiKey) throw new Error(`${deleteApiKey.code}: ${deleteApiKey.message}`);

console.log(JSON.stringify({ viewer, viewerByKey, deletedApiKeyId: deleteApiKey.deletedApiKeyId }));
