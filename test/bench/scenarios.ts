import type { Data } from './data.ts';
import * as documents from './documents.ts';
import { makeRequest, type Next } from './load.ts';

export type Scenario = {
  readonly name: string;
  /** The servers that can do it, by name; the first is the measure of the others. */
  readonly servers: readonly string[];
  readonly next: Next;
  /** Connections that send requests, and how long each waits after an answer. */
  readonly connections?: number;
  readonly pauseMs?: number;
  /** Measured again while clients sign in; the first server is then the same one without them. */
  readonly duringSignIns?: true;
  /** Whether rows are left that change what the next scenario reads. */
  readonly leavesRows?: true;
};

const everyGraphql = ['bare', 'bare, one statement', 'gateway', 'Mercurius', 'PostGraphile', 'Yoga + Pothos + Prisma'];
const operationsOfBatch = 10;

/** What is measured, on the data of a run. */
export function listScenarios({ tokens }: Data): Scenario[] {
  const [token = ''] = tokens;
  const post = (body: unknown, bearer = token) => makeRequest('POST', '/graphql', bearer, body);
  const always =
    (request: Buffer): Next =>
    () =>
      request;
  const byTurns = tokens.map((bearer) => post({ query: documents.viewer }, bearer));
  let turn = 0;
  const nextTurn: Next = () => byTurns[turn++ % byTurns.length] ?? Buffer.alloc(0);
  const small = ['bare', 'gateway', 'Mercurius', 'PostGraphile', 'Yoga + Pothos + Prisma'];
  return [
    { name: 'viewer', servers: everyGraphql, next: always(post({ query: documents.viewer })) },
    { name: 'viewer, 1,000 keys', servers: ['bare', 'gateway, default limits'], next: nextTurn },
    { name: 'REST account', servers: ['bare', 'gateway'], next: always(makeRequest('GET', '/api/client/account', token)) },
    { name: 'createApiKey + deleteApiKey', servers: ['bare', 'gateway', 'Mercurius'], next: createAndDelete(tokens), leavesRows: true },
    {
      name: 'batch of ten viewers',
      servers: ['bare', 'gateway', 'Mercurius'],
      next: always(post(Array(operationsOfBatch).fill({ query: documents.viewer }))),
    },
    // One client leaves the processors to the sign-ins. Sixteen without a pause take what they can get.
    ...[
      { name: 'viewer every 10 ms during sign-ins', connections: 1, pauseMs: 10 },
      { name: 'viewer of 16 clients during sign-ins', connections: 16 },
    ].map((clients) => ({
      ...clients,
      servers: ['bare', 'gateway'],
      next: always(post({ query: documents.viewer })),
      duringSignIns: true as const,
      leavesRows: true as const,
    })),
    { name: '{ __typename }', servers: small, next: always(post({ query: documents.typename })) },
    { name: '{ viewer { id } }', servers: small, next: always(post({ query: documents.viewerId })) },
  ];
}

/** Each connection has an account of its own: it creates a key, and deletes it with its next request. */
function createAndDelete(tokens: readonly string[]): Next {
  return (connection, before) => {
    const token = tokens.at(-1 - connection) ?? '';
    const created = before?.includes('"createApiKey"') ? /ptlc_\w{11}(?=")/.exec(before) : null;
    const operation = created
      ? { query: documents.deleteApiKey, variables: { input: { identifier: created[0] } } }
      : { query: documents.createApiKey, variables: { input: { description: 'bench' } } };
    return makeRequest('POST', '/graphql', token, operation);
  };
}
