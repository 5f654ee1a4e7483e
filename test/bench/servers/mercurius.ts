import Fastify, { type FastifyRequest } from 'fastify';
import mercurius from 'mercurius';
import { announce } from './announce.ts';
import { type AccountRow, createApiKey, deleteApiKey, findAccount, listApiKeys, listSshKeys, type Owned, profileOf } from './statements.ts';

// Mercurius with compiled queries and hand-written loaders, as its documentation recommends for speed.

const schema = `
  scalar DateTime
  type Profile { username: String! email: String! firstName: String lastName: String language: String! admin: Boolean! createdAt: DateTime! }
  type ApiKey { identifier: String! description: String! allowedIps: [String!]! lastUsedAt: DateTime createdAt: DateTime! }
  type SshKey { name: String! fingerprint: String! publicKey: String! createdAt: DateTime! }
  type Viewer { id: ID! profile: Profile! apiKeys: [ApiKey!]! sshKeys: [SshKey!]! }
  type Query { viewer: Viewer }
  type CreateApiKeyPayload { token: String! apiKey: CreatedApiKey! }
  type CreatedApiKey { identifier: String! }
  type DeleteApiKeyPayload { deletedApiKeyId: ID! }
  type NotFound { message: String! }
  union CreateApiKeyResult = CreateApiKeyPayload | NotFound
  union DeleteApiKeyResult = DeleteApiKeyPayload | NotFound
  input CreateApiKeyInput { description: String! }
  input DeleteApiKeyInput { identifier: String! }
  type Mutation {
    createApiKey(input: CreateApiKeyInput!): CreateApiKeyResult!
    deleteApiKey(input: DeleteApiKeyInput!): DeleteApiKeyResult!
  }
`;

type Context = { row: AccountRow };
type Input = { input: { description: string; identifier: string } };

const resolvers = {
  Query: { viewer: (_root: unknown, _input: unknown, { row }: Context) => ({ id: row.id, profile: profileOf(row) }) },
  Mutation: {
    createApiKey: async (_root: unknown, { input }: Input, { row }: Context) => {
      const { identifier, token } = await createApiKey(row, input.description);
      return { __typename: 'CreateApiKeyPayload', token, apiKey: { identifier } };
    },
    deleteApiKey: async (_root: unknown, { input }: Input, { row }: Context) => {
      return { __typename: 'DeleteApiKeyPayload', deletedApiKeyId: await deleteApiKey(row, input.identifier) };
    },
  },
};

type Queries = { obj: { id: number } }[];

const load = (list: (accountIds: number[]) => Promise<Owned[]>) => async (queries: Queries) => {
  const rows = await list([...new Set(queries.map(({ obj }) => obj.id))]);
  return queries.map(({ obj }) => rows.filter(({ accountId }) => accountId === obj.id));
};

const app = Fastify();
app.register(mercurius, {
  schema,
  resolvers: resolvers as never,
  loaders: { Viewer: { apiKeys: load(listApiKeys), sshKeys: load(listSshKeys) } },
  jit: 1,
  allowBatchedQueries: true,
  context: async (request: FastifyRequest) => {
    const row = await findAccount(request.headers.authorization);
    if (!row) throw new Error('Unauthenticated.');
    return { row };
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
