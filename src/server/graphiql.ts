import type { GraphiQLOptions } from 'graphql-yoga';

const firstQuery = `# Put an API key into "Headers" below: { "Authorization": "Bearer ptlc_…" }
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
  headers: '{ "Authorization": "Bearer ptlc_…" }',
};
