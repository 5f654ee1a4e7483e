import type { Sent } from './requests.ts';

const json = { 'content-type': 'application/json' };
const as = (token: string) => ({ authorization: `Bearer ${token}` });
const mine = as('{counted}');
const query = { query: '{ __typename }' };
const needsAccount = { query: 'mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }' };
const secret = {
  query: 'mutation { disableTwoFactor(input: { password: "x" }) { __typename } }',
};
const large = JSON.stringify({ ...query, variables: { a: 'x'.repeat(300_000) } });
const get = (path: string, headers = {}): Sent => ({ method: 'GET', path, headers });

function post(body: unknown, headers = {}): Sent {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', path: '/graphql', headers: { ...json, ...headers }, body: text };
}

const rest = (method: string, path: string, headers = {}, body?: string): Sent => ({
  method,
  path: `/api/client${path}`,
  headers: { ...(body === undefined ? {} : json), ...headers },
  ...(body === undefined ? {} : { body }),
});

/** Kinds of requests whose counting is recorded: what they cost the account, and what the address. */
export const countedRequests: Readonly<Record<string, Sent>> = {
  health: get('/health/live'),
  'an unknown path': get('/nowhere'),
  'the description of the API': get('/openapi.json'),
  'the explorer': get('/graphql', { accept: 'text/html' }),
  'a preflight': { method: 'OPTIONS', path: '/graphql', headers: { 'access-control-request-method': 'POST' } },
  'a query of nobody': post(query),
  'a query': post(query, mine),
  'a query by GET': get('/graphql?query=%7B__typename%7D', mine),
  'a query by GET that cannot be read': get('/graphql?query=%7B__typename%7D&variables=%7B', mine),
  'a batch of three': post([query, query, query], mine),
  'a batch of three of nobody': post([query, query, query]),
  'an empty batch': post([], mine),
  'a batch too long': post(Array(11).fill(query), mine),
  'a batch of what are no operations': post([5, null], mine),
  'no JSON': post('{', mine),
  'a number': post('5', mine),
  'an empty object': post({}, mine),
  'an unknown field': post({ query: '{ hodor }' }, mine),
  'an unknown persisted query': post({ extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }, mine),
  'a body too large': post(large, mine),
  'a form': post('query=x', { ...mine, 'content-type': 'application/x-www-form-urlencoded' }),
  'another type': post('x', { ...mine, 'content-type': 'text/plain' }),
  'another method': { ...post(query, mine), method: 'PUT' },
  'a type that is not accepted': post(query, { ...mine, accept: 'text/html' }),
  'a mutation of nobody': post(needsAccount),
  'a wrong password': post(secret, mine),
  'a wrong key': post(query, as('ptlc_00000000000wrong')),
  'a wrong cookie': post(query, { cookie: `gateway_session_4000=${'x'.repeat(43)}` }),
  'another site': post(query, { origin: 'https://evil.example' }),
  'REST without a key': rest('GET', '/account'),
  REST: rest('GET', '/account', mine),
  'REST by HEAD': rest('HEAD', '/account', mine),
  'REST, an unknown path': rest('GET', '/nowhere', mine),
  'REST, another method': rest('DELETE', '/account', mine),
  'REST, no JSON': rest('POST', '/account/api-keys', mine, '{'),
  'REST, rules': rest('POST', '/account/api-keys', mine, '{}'),
  'REST, a body too large': rest('POST', '/account/api-keys', mine, large),
  'REST, a wrong key': rest('GET', '/account', as('ptlc_00000000000wrong')),
  'REST, an unknown sort': rest('GET', '/account/activity?sort=id', mine),
};
