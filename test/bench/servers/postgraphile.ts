import { createServer, type IncomingMessage } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { context } from 'postgraphile/grafast';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { extendSchema, gql } from 'postgraphile/utils';
import { announce } from './announce.ts';
import { findAccount, pool } from './statements.ts';

// PostGraphile 5 on the tables of the gateway. The key is looked up by hand: the fastest of the ways tried.

const viewer = extendSchema((build) => {
  const { accounts } = build.input.pgRegistry.pgResources;
  return {
    typeDefs: gql`extend type Query { viewer: Account }`,
    objects: { Query: { plans: { viewer: () => accounts?.get({ id: context().get('accountId' as never) }) as never } } },
  };
});

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [viewer],
  pgServices: [makePgService({ pool: pool as never, schemas: ['public'] })],
  schema: { defaultBehavior: '+list -connection' },
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
