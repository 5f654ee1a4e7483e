import { createServer, type IncomingMessage } from 'node:http';
import { postgraphile } from 'postgraphile';
import type { PgResource, PgSelectSingleStep } from 'postgraphile/@dataplan/pg';
import { makePgService } from 'postgraphile/adaptors/pg';
import { context, lambda } from 'postgraphile/grafast';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { extendSchema, gql } from 'postgraphile/utils';
import { announce } from './announce.ts';
import { findAccount, pool } from './statements.ts';

// PostGraphile 5 on the tables of the gateway, with the fields of the gateway as plans. The key is looked up by hand,
// which was the fastest of the ways tried. Times are spelled as PostgreSQL spells them.

type Row = PgSelectSingleStep<PgResource>;

/** Plans that read columns. */
const columns = (names: Record<string, string>) =>
  Object.fromEntries(Object.entries(names).map(([field, column]) => [field, ($row: Row) => $row.get(column)]));

const viewer = extendSchema((build) => {
  const { accounts, api_keys: apiKeys, ssh_keys: sshKeys } = build.input.pgRegistry.pgResources;
  const list = (resource: PgResource | undefined) => ($account: Row) => {
    const $rows = resource?.find({ account_id: $account.get('id') });
    $rows?.orderBy({ attribute: 'id', direction: 'ASC' });
    return $rows;
  };
  return {
    typeDefs: gql`
      type ViewerProfile {
        username: String! email: String! firstName: String lastName: String language: String! admin: Boolean! createdAt: String!
      }
      type ViewerApiKey { identifier: String! description: String! allowedIps: [String]! lastUsedAt: String createdAt: String! }
      type ViewerSshKey { name: String! fingerprint: String! publicKey: String! createdAt: String! }
      type Viewer { id: Int! profile: ViewerProfile! apiKeys: [ViewerApiKey]! sshKeys: [ViewerSshKey]! }
      extend type Query { viewer: Viewer }
    `,
    objects: {
      Query: { plans: { viewer: () => accounts?.get({ id: context().get('accountId' as never) }) } },
      Viewer: {
        plans: {
          ...columns({ id: 'id' }),
          profile: ($account: Row) => $account,
          apiKeys: list(apiKeys as never),
          sshKeys: list(sshKeys as never),
        },
      },
      ViewerProfile: {
        plans: {
          ...columns({ username: 'username', email: 'email', firstName: 'first_name', lastName: 'last_name' }),
          ...columns({ language: 'language', admin: 'admin', createdAt: 'created_at' }),
        },
      },
      ViewerApiKey: {
        plans: {
          ...columns({ identifier: 'identifier', description: 'description', allowedIps: 'allowed_ips' }),
          ...columns({ lastUsedAt: 'last_used_at', createdAt: 'created_at' }),
        },
      },
      ViewerSshKey: {
        plans: {
          ...columns({ name: 'name', publicKey: 'public_key', createdAt: 'created_at' }),
          fingerprint: ($row: Row) => lambda($row.get('fingerprint'), (fingerprint) => `SHA256:${fingerprint}`),
        },
      },
    },
  } as never;
});

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [viewer],
  pgServices: [makePgService({ pool: pool as never, schemas: ['public'] })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: async ({ node }) => {
      const row = await findAccount((node?.req as IncomingMessage | undefined)?.headers.authorization);
      if (!row) throw new Error('Unauthenticated.');
      return { accountId: row.id } as never;
    },
  },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => announce(server));
