import { Client, fetchExchange, type OperationResult } from '@urql/core';
import { generate } from 'otplib';
import { createCookieJar } from './cookie-jar.ts';
import * as operations from './generated/client/graphql.ts';

const { GATEWAY_URL: url = '', GATEWAY_LOGIN: login = '', GATEWAY_PASSWORD: password = '', TOTP_SECRET: secret = '' } = process.env;

// A browser keeps the cookie of the session by itself; here it is kept by the fetch that is given.
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

// A program that runs by itself has a key and no session.
const program = new Client({ url, exchanges: [fetchExchange], fetchOptions: { headers: { authorization: `Bearer ${token}` } } });
const { viewer: viewerByKey } = await answerOf(program.query(operations.AccountDocument, {}));

const input = { identifier: apiKey.identifier };
const { deleteApiKey } = await answerOf(session.mutation(operations.DeleteApiKeyDocument, { input }));
if ('code' in deleteApiKey) throw new Error(`${deleteApiKey.code}: ${deleteApiKey.message}`);

console.log(JSON.stringify({ viewer, viewerByKey, deletedApiKeyId: deleteApiKey.deletedApiKeyId }));

/** What was answered; urql hands over an error where others throw it. */
async function answerOf<Data>(result: PromiseLike<OperationResult<Data>>): Promise<Data> {
  const { data, error } = await result;
  if (error || !data) throw error ?? new Error('an answer without data');
  return data;
}
