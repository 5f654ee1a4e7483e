import type { GraphiQLOptions } from 'graphql-yoga';

const firstQuery = `# Write "Bearer " and an API key into Authorization, under "Headers" below.
query Account {
  viewer {
    profile { username email admin }
    twoFactor { enabled recoveryTokensRemaining }
    apiKeys { identifier description allowedIps lastUsedAt }
    sshKeys { name fingerprint }
    activity(first: 10) { edges { node { event occurredAt } } }
  }
}
`;

/** The explorer that a browser finds at /graphql. */
export const graphiqlOptions: GraphiQLOptions = {
  title: 'Account Gateway',
  defaultQuery: firstQuery,
  // Empty, since a browser sends nothing that is not Latin-1, and a key that is none would be refused with the schema.
  headers: '{ "Authorization": "" }',
};
