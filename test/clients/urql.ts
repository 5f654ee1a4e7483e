import { Client, fetchExchange, type OperationResult } from '@urql/core';
import { generate } from 'otplib';
import { createCookieJar } from './cookie-jar.ts';
import * as operations from './generated/client/graphql.ts';

const { GATEWAY_URL: url = '', GATEWAY_LOGIN: login = '', GATEWAY_PASSWORD: password = '', TOTP_SECRET: secret = '' } = process.env;

// A browser stores the session cookie by itself. In Node, this fetch stores it.
const session = new Client({ url, exchanges: [fetchExchange], fetch: createCookieJar() });

const { signIn } = await answerOf(session.mutation(operations.SignInDocument, { input: { login, password } }));
if ('code' in signIn) throw new Error(`${signIn.code}: ${signIn.message}`);
if (signIn.__typename === 'TwoFactorRequired') {
  const input = { challenge: signIn.challenge, answer: { code: await generate({ secret }) } };
  const { completeSignIn } = await answerOf(session.mutation(operations.CompleteSignInDocument, { input }));
  if ('code' in completeSignIn) throw new Error(`${completeSignIn.code}: ${completeSignIn.message}`);
}
const { viewer } = await answerOf(session.query(operations.AccountDocument, {}));

const { createApiKey } = await answerOf(session.mutation(operations.CreateApiKeyDocument, { input: { description: 'backup' } }));
if ('code' in createApiKey) throw new Error(`${createApiKey.code}: ${createApiKey.message}`);
const { apiKey, token } = createApiKey;

// A program uses an API key and has no session.
const program = new Client({ url, exchanges: [fetchExchange], fetchOptions: { headers: { authorization: `Bearer ${token}` } } });
const { viewer: viewerByKey } = await answerOf(program.query(operations.AccountDocument, {}));

const input = { identifier: apiKey.identifier };
const { deleteApiKey } = await answerOf(session.mutation(operations.DeleteApiKeyDocument, { input }));
if ('code' in deleteApiKey) throw new Error(`${deleteApiKey.code}: ${deleteApiKey.message}`);

console.log(JSON.stringify({ viewer, viewerByKey, deletedApiKeyId: deleteApiKey.deletedApiKeyId }));

/** The data of an answer. urql returns an error where other clients throw it. */
async function answerOf<Data>(result: PromiseLike<OperationResult<Data>>): Promise<Data> {
  const { data, error } = await result;
  if (error || !data) throw error ?? new Error('The answer has no data.');
  return data;
}
