import { generate } from 'otplib';
import {
  commitMutation,
  Environment,
  fetchQuery,
  type GraphQLTaggedNode,
  type MutationParameters,
  Network,
  type OperationType,
  RecordSource,
  Store,
} from 'relay-runtime';
import { createCookieJar } from './cookie-jar.ts';
import accountQuery, { type relayAccountQuery } from './generated/relay/relayAccountQuery.graphql.ts';
import completeSignInMutation, { type relayCompleteSignInMutation } from './generated/relay/relayCompleteSignInMutation.graphql.ts';
import createApiKeyMutation, { type relayCreateApiKeyMutation } from './generated/relay/relayCreateApiKeyMutation.graphql.ts';
import deleteApiKeyMutation, { type relayDeleteApiKeyMutation } from './generated/relay/relayDeleteApiKeyMutation.graphql.ts';
import signInMutation, { type relaySignInMutation } from './generated/relay/relaySignInMutation.graphql.ts';

const { GATEWAY_URL: url = '', GATEWAY_LOGIN: login = '', GATEWAY_PASSWORD: password = '', TOTP_SECRET: secret = '' } = process.env;

// The tag marks the documents for the compiler. A frontend takes it from relay-runtime, and its bundler replaces each document
// by its compiled form. Node has no bundler, so the compiled forms are imported above.
const graphql = String.raw;

graphql`
  mutation relaySignInMutation($input: SignInInput!) {
    signIn(input: $input) {
      ... on TwoFactorRequired {
        challenge
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

graphql`
  mutation relayCompleteSignInMutation($input: CompleteSignInInput!) {
    completeSignIn(input: $input) {
      ... on Error {
        code
        message
      }
    }
  }
`;

graphql`
  query relayAccountQuery {
    viewer {
      id
      profile {
        username
        email
      }
      sessions {
        id
        current
      }
      apiKeys {
        id
        identifier
        description
      }
    }
  }
`;

graphql`
  mutation relayCreateApiKeyMutation($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      ... on CreateApiKeyPayload {
        token
        apiKey {
          identifier
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

graphql`
  mutation relayDeleteApiKeyMutation($input: DeleteApiKeyInput!) {
    deleteApiKey(input: $input) {
      ... on DeleteApiKeyPayload {
        deletedApiKeyId
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

// A browser stores the session cookie by itself. In Node, this fetch stores it.
const session = createEnvironment(createCookieJar());

const { signIn } = await mutate<relaySignInMutation>(signInMutation, { input: { login, password } });
if (signIn.code) throw new Error(`${signIn.code}: ${signIn.message}`);
if (signIn.challenge) {
  const input = { challenge: signIn.challenge, answer: { code: await generate({ secret }) } };
  const { completeSignIn } = await mutate<relayCompleteSignInMutation>(completeSignInMutation, { input });
  if (completeSignIn.code) throw new Error(`${completeSignIn.code}: ${completeSignIn.message}`);
}
const { viewer } = await read<relayAccountQuery>(session, accountQuery);

const { createApiKey } = await mutate<relayCreateApiKeyMutation>(createApiKeyMutation, { input: { description: 'backup' } });
const { apiKey, token } = createApiKey;
if (!apiKey || !token) throw new Error(`${createApiKey.code}: ${createApiKey.message}`);

// A program uses an API key and has no session.
const program = createEnvironment(fetch, { authorization: `Bearer ${token}` });
const { viewer: viewerByKey } = await read<relayAccountQuery>(program, accountQuery);

const { deleteApiKey } = await mutate<relayDeleteApiKeyMutation>(deleteApiKeyMutation, { input: { identifier: apiKey.identifier } });
if (deleteApiKey.code) throw new Error(`${deleteApiKey.code}: ${deleteApiKey.message}`);

console.log(JSON.stringify({ viewer, viewerByKey, deletedApiKeyId: deleteApiKey.deletedApiKeyId }));

function createEnvironment(send: typeof fetch, headers: Record<string, string> = {}): Environment {
  const network = Network.create(async ({ text: query }, variables) => {
    const body = JSON.stringify({ query, variables });
    const response = await send(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    return response.json();
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}

async function read<Query extends OperationType>(environment: Environment, query: GraphQLTaggedNode): Promise<Query['response']> {
  return (await fetchQuery<Query>(environment, query, {}).toPromise()) ?? {};
}

function mutate<Mutation extends MutationParameters>(mutation: GraphQLTaggedNode, variables: Mutation['variables']) {
  return new Promise<Mutation['response']>((resolve, reject) => {
    commitMutation<Mutation>(session, { mutation, variables, onCompleted: resolve, onError: reject });
  });
}
