import { readFileSync } from 'node:fs';
import { getIntrospectionQuery, Kind, parse, print } from 'graphql';
import { readExchanges } from '../transcripts/replay.ts';

/** What is sent. `{ada}` and the like in a header stand for what is made when the requests are sent. */
export type Sent = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** One request, and which gateway it is sent to. */
export type WireRequest = Sent & {
  readonly name: string;
  readonly to: 'default' | 'panel' | 'browsers' | 'closed' | 'trusted' | 'https';
};

type Options = Partial<Pick<WireRequest, 'to' | 'headers' | 'body'>> & { readonly as?: string };

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const viewer = '{ viewer { profile { username } } }';
const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on Error { code message } } }';
const signOut = 'mutation { signOut { __typename ... on Error { code } } }';
const needsAccount = 'mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }';
const sshLine = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';

function request(name: string, method: string, path: string, { to = 'default', as, headers = {}, body }: Options = {}): WireRequest {
  const authorization = as === undefined ? {} : { authorization: `Bearer {${as}}` };
  return { name, to, method, path, headers: { ...authorization, ...headers }, ...(body === undefined ? {} : { body }) };
}

function post(name: string, body: unknown, { headers, ...options }: Options = {}): WireRequest {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return request(name, 'POST', '/graphql', { ...options, headers: { ...json, ...headers }, body: text });
}

const rest = (name: string, method: string, path: string, options: Options & { readonly fields?: object } = {}) =>
  request(name, method, `/api/client${path}`, {
    as: 'bob',
    ...options,
    ...(options.fields ? { body: JSON.stringify(options.fields), headers: { ...json, ...options.headers } } : {}),
  });

const accepts = [
  '*/*',
  'application/*',
  'application/json',
  'application/json; charset=utf-8',
  'application/graphql-response+json',
  'application/graphql-response+json; charset=utf-8, application/json; charset=utf-8',
  'application/json, application/graphql-response+json',
  'application/json;q=0.5, application/graphql-response+json',
  'application/graphql-response+json;q=0.5, application/json',
  '*/*, application/graphql-response+json',
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  'multipart/mixed;deferSpec=20220824,application/json',
  'multipart/mixed',
  'text/event-stream',
  'text/event-stream, application/json',
  'text/html',
  'text/plain',
  'image/png, */*;q=0.1',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/json;q=0',
  'hodor/;;;q=x',
  '',
];

const badBodies: [name: string, body: string | Buffer][] = [
  ['nothing', ''],
  ['half an object', '{'],
  ['no JSON', 'hodor'],
  ['an empty list', '[]'],
  ['null', 'null'],
  ['a number', '5'],
  ['a text', '"x"'],
  ['an empty object', '{}'],
  ['a query that is a number', '{"query":5}'],
  ['a query that is null', '{"query":null}'],
  ['a query that is empty', '{"query":""}'],
  ['variables that are a text', `{"query":"${viewer}","variables":"x"}`],
  ['variables that are a list', `{"query":"${viewer}","variables":[]}`],
  ['variables that are null', `{"query":"${viewer}","variables":null}`],
  ['an operation that is not there', `{"query":"${viewer}","operationName":"x"}`],
  ['an operation name that is a number', `{"query":"${viewer}","operationName":5}`],
  ['extensions that are a list', `{"query":"${viewer}","extensions":[]}`],
  ['extensions that are a text', `{"query":"${viewer}","extensions":"x"}`],
  ['an unknown parameter', `{"query":"${viewer}","hodor":1}`],
  ['an unknown parameter that is null', `{"query":"${viewer}","hodor":null}`],
  ['a byte that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ['UTF-16', Buffer.from(`{"query":"${viewer}"}`, 'utf16le')],
  ['a byte order mark', `\ufeff{"query":"${viewer}"}`],
  ['a prototype', `{"query":"${viewer}","__proto__":{"x":1}}`],
  ['more than 256 KiB', JSON.stringify({ query: viewer, variables: { a: 'x'.repeat(300_000) } })],
  ['JSON nested deeply', `{"query":"${viewer}","variables":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
];

const types = [
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'application/json, text/plain',
  'application/graphql+json',
  'application/graphql',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-8',
  'Application/X-WWW-Form-URLencoded',
  'multipart/form-data; boundary=x',
  'application/vnd.api+json',
  '',
];

const documents: [name: string, document: string, variables?: object][] = [
  ['a query', viewer],
  ['a name', 'query A { __typename }'],
  ['a syntax error', '{ viewer {'],
  ['blanks', ' \n '],
  ['a NUL', '{ viewer { id \0 } }'],
  ['an unknown field', '{ viewer { hodor } }'],
  ['an unknown field that is nearly one', '{ viewr { id } }'],
  ['no selection', '{ viewer }'],
  ['an unknown argument', '{ viewer(id: 1) { id } }'],
  ['an undeclared variable', '{ node(id: $id) { id } }'],
  ['a fragment in itself', '{ viewer { ...F } } fragment F on Viewer { ...F }'],
  ['an unknown directive', '{ viewer { ... @defer { id } } }'],
  ['two operations without a name', 'query A { viewer { id } } query B { viewer { id } }'],
  ['fragments alone', 'fragment F on Viewer { id }'],
  ['a variable of another type', 'query ($id: ID!) { node(id: $id) { id } }', { id: { a: 1 } }],
  ['a variable that is missing', 'query ($id: ID!) { node(id: $id) { id } }'],
  ['a mutation that needs an account', needsAccount],
  ['a subscription that is none', 'subscription { viewer { id } }'],
  ['introspection', getIntrospectionQuery()],
  ['a node of nothing', '{ node(id: "x") { id } }'],
  ['too many aliases', `{ viewer { ${Array.from({ length: 61 }, (_, n) => `a${n}: id`).join(' ')} } }`],
  ['too many directives', `{ viewer { id ${'@skip(if: false) '.repeat(51)} } }`],
  ['too many levels', `{ viewer { activity { edges { ${'... on ActivityEdge { '.repeat(12)} cursor ${'}'.repeat(12)} } } } }`],
  ['too many tokens', `{ viewer { ${'id '.repeat(1_996)} } }`],
  ['too many characters', `{ __typename }${'\n#'.repeat(25_000)}`],
  ['a long name', `{ viewer { ${'a'.repeat(101)}: id } }`],
  ['too long a page', '{ viewer { activity(first: 101) { edges { cursor } } } }'],
  ['too much cost', `{ ${Array.from({ length: 41 }, (_, n) => `t${n}: __type(name: "Node") { name }`).join(' ')} }`],
  [
    'two secrets',
    `mutation { a: disableTwoFactor(input: { password: "x" }) { __typename } b: disableTwoFactor(input: { password: "x" }) { __typename } }`,
  ],
  ['two introspections', '{ a: __schema { queryType { name } } b: __schema { queryType { name } } }'],
  ['a long value in a wrong place', `{ node(id: ["${'x'.repeat(2_000)}"]) { id } }`],
];

/** Requests to `/graphql` that change nothing. */
function graphqlReads(): WireRequest[] {
  const found = documents.flatMap(([name, query, variables]) => [
    post(`document: ${name}`, { query, variables }),
    post(`document, strict: ${name}`, { query, variables }, { headers: { accept: 'application/graphql-response+json' } }),
    post(`document, signed in: ${name}`, { query, variables }, { as: 'ada' }),
    post(`document, closed: ${name}`, { query, variables }, { to: 'closed' }),
    request(
      `document, by GET: ${name}`,
      'GET',
      `/graphql?${new URLSearchParams({ query, ...(variables ? { variables: JSON.stringify(variables) } : {}) })}`.slice(0, 12_000),
      { as: 'ada' },
    ),
  ]);
  const negotiated = accepts.flatMap((accept) => [
    post(`accept ${accept}: a query`, { query: viewer }, { headers: { accept } }),
    post(`accept ${accept}: an unknown field`, { query: '{ hodor }' }, { headers: { accept } }),
    post(`accept ${accept}: a batch`, [{ query: viewer }, { query: '{ hodor }' }], { headers: { accept } }),
    post(`accept ${accept}: no JSON`, '{', { headers: { accept } }),
    post(`accept ${accept}: nobody subscribes`, { query: 'subscription { activity { event } }' }, { headers: { accept } }),
    request(`accept ${accept}: GET`, 'GET', `/graphql?query=${encodeURIComponent(viewer)}`, { headers: { accept } }),
    request(`accept ${accept}: REST`, 'GET', '/api/client/account', { as: 'ada', headers: { accept } }),
  ]);
  const bodies = badBodies.flatMap(([name, body]) => [
    post(`body: ${name}`, body),
    post(`body, wrong key: ${name}`, body, { as: 'wrong' }),
    post(`body, strict: ${name}`, body, { headers: { accept: 'application/graphql-response+json' } }),
  ]);
  const typed = types.map((type) => post(`content type ${type}`, { query: viewer }, { headers: { 'content-type': type } }));
  const queries = [
    '',
    'query=',
    'query=%7B__typename%7D&operationName=x',
    'query=%7B__typename%7D&variables=%7B',
    'query=%7B__typename%7D&variables=5',
    'query=%7B__typename%7D&variables=null',
    'query=%7B__typename%7D&extensions=x',
    'query=query(%24id:ID!)%7Bnode(id:%24id)%7Bid%7D%7D&variables=%7B%22id%22:%22x%22%7D',
    'query=%7Ba:__typename%7D&query=%7Bb:__typename%7D',
  ];
  const addressed = queries.map((query) => request(`GET ?${query}`, 'GET', `/graphql?${query}`, { as: 'ada' }));
  return [...found, ...negotiated, ...bodies, ...typed, ...addressed, ...batches(), ...persisted(), ...mutationsElsewhere()];
}

function batches(): WireRequest[] {
  const one = { query: viewer };
  const many: [name: string, body: unknown, options?: Options][] = [
    ['one', [one]],
    ['ten', Array(10).fill(one)],
    ['eleven', Array(11).fill(one)],
    ['all kinds', [one, { query: '{ hodor }' }, 5, null, 'x', [], {}, { query: needsAccount }]],
    ['all that need an account', [{ query: needsAccount }, { query: needsAccount }]],
    ['one of two that needs an account', [{ query: needsAccount }, one]],
    ['all wrong', [{ query: '{' }, { query: '{ hodor }' }]],
    ['all wrong, strict', [{ query: '{' }, { query: '{ hodor }' }], { headers: { accept: 'application/graphql-response+json' } }],
    ['a wrong key', [one, one], { as: 'wrong' }],
    ['a wrong cookie', [one, { query: '{ __typename }' }], { headers: { cookie: 'gateway_session_4000={wrong}' } }],
    ['a batch', [[one]], { as: 'ada' }],
    ['a subscription', [{ query: 'subscription { activity { event } }' }, one], { as: 'ada' }],
    ['two secrets', [0, 1].map(() => ({ query: signIn, variables: { input: { login: 'nobody', password: 'x' } } }))],
    ['two introspections', [0, 1].map(() => ({ query: '{ __schema { queryType { name } } }' }))],
    ['in other words than JSON', [one], { headers: { accept: 'text/html' } }],
  ];
  return many.map(([name, body, options]) => post(`batch: ${name}`, body, options));
}

const persistedQuery = (sha256Hash: unknown, version: unknown = 1) => ({ extensions: { persistedQuery: { version, sha256Hash } } });
const typenameHash = 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38';

function persisted(): WireRequest[] {
  const query = '{__typename}';
  const bodies: [name: string, body: object][] = [
    ['unknown', persistedQuery(typenameHash)],
    ['sent', { query, ...persistedQuery(typenameHash) }],
    ['known', persistedQuery(typenameHash)],
    ['of another document', { query: '{a:__typename}', ...persistedQuery(typenameHash) }],
    ['without a hash', persistedQuery(undefined)],
    ['of another version', persistedQuery(typenameHash, 2)],
    ['that is a text', { extensions: { persistedQuery: typenameHash } }],
    ['that is null', { query, extensions: { persistedQuery: null } }],
  ];
  const extensions = encodeURIComponent(JSON.stringify(persistedQuery(typenameHash).extensions));
  const trusted: [name: string, body: object][] = [
    ['a document', { query }],
    ['an id', { documentId: 'viewer' }],
    ["an id in Relay's way", { doc_id: 'viewer' }],
    ['a hash', persistedQuery('viewer')],
    ['an unknown id', { documentId: 'hodor' }],
    ['nothing', {}],
    ['an id and a document', { documentId: 'viewer', query }],
  ];
  return [
    ...bodies.flatMap(([name, body]) => [
      post(`persisted query ${name}`, body),
      post(`persisted query ${name}, strict`, body, { headers: { accept: 'application/graphql-response+json' } }),
    ]),
    request('persisted query by GET', 'GET', `/graphql?extensions=${extensions}`),
    ...trusted.map(([name, body]) => post(`trusted documents: ${name}`, body, { to: 'trusted' })),
    post('trusted documents: a batch', [{ documentId: 'viewer' }, { query }], { to: 'trusted' }),
    request('trusted documents: by GET', 'GET', '/graphql?documentId=viewer', { to: 'trusted' }),
    request('trusted documents: a browser', 'GET', '/graphql', { to: 'trusted', headers: { accept: 'text/html' } }),
  ];
}

/** Ways to have a mutation run that no client uses. */
function mutationsElsewhere(): WireRequest[] {
  const inAddress = `/graphql?query=${encodeURIComponent(needsAccount)}`;
  const body = JSON.stringify({ query: needsAccount });
  return [
    request('a mutation by GET', 'GET', inAddress, { as: 'ada' }),
    request('a mutation in the address of a POST', 'POST', inAddress, { as: 'ada' }),
    request('a mutation in the address of a POST of JSON', 'POST', inAddress, { as: 'ada', headers: json }),
    ...['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'].map((method) =>
      request(`a mutation by ${method}`, method, '/graphql', {
        as: 'ada',
        ...(method === 'HEAD' || method === 'TRACE' ? {} : { headers: json, body }),
      }),
    ),
  ];
}

/** Every form of credential, right and wrong, to both APIs. */
function credentials(): WireRequest[] {
  const headers: [name: string, headers: Record<string, string>][] = [
    ['none', {}],
    ['a key', { authorization: 'Bearer {ada}' }],
    ['a key, lower-case', { authorization: 'bearer {ada}' }],
    ['a key, upper-case', { authorization: 'BEARER {ada}' }],
    ['a key and a comma', { authorization: 'Bearer {ada},foo' }],
    ['a key after another scheme', { authorization: 'Basic eDp5 Bearer {ada}' }],
    ['a wrong secret', { authorization: 'Bearer {wrong}' }],
    ['an unknown key', { authorization: `Bearer ptlc_00000000000${'x'.repeat(32)}` }],
    ['no token', { authorization: 'Bearer' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
    ['a key for elsewhere', { authorization: 'Bearer {elsewhere}' }],
    ['a cookie', { cookie: 'a=b; gateway_session_4000={cookie}; c=d' }],
    ['a wrong cookie', { cookie: 'gateway_session_4000={wrong}' }],
    ['an empty cookie', { cookie: 'gateway_session_4000=' }],
    ['a cookie under its other name', { cookie: '__Host-gateway_session={cookie}' }],
    ['a wrong key and a cookie', { authorization: 'Bearer {wrong}', cookie: 'gateway_session_4000={cookie}' }],
    ['a cookie from another site', { cookie: 'gateway_session_4000={cookie}', origin: 'https://evil.example' }],
    ['a cookie from another site, by what the browser says', { cookie: 'gateway_session_4000={cookie}', 'sec-fetch-site': 'cross-site' }],
    ['a cookie from the same site', { cookie: 'gateway_session_4000={cookie}', 'sec-fetch-site': 'same-origin' }],
    ['nothing from another site', { origin: 'https://evil.example' }],
    ['a key from another site', { authorization: 'Bearer {ada}', origin: 'https://evil.example' }],
  ];
  const leaving = post(
    'credential: a cookie that leaves: signOut',
    { query: signOut },
    { headers: { cookie: 'gateway_session_4000={leaving}' } },
  );
  const all = headers.flatMap(([name, sent]) => [
    post(`credential: ${name}: a query`, { query: viewer }, { headers: sent }),
    post(`credential: ${name}: a query of nobody`, { query: '{ __typename }' }, { headers: sent }),
    post(`credential: ${name}: a mutation`, { query: needsAccount }, { headers: sent }),
    post(
      `credential: ${name}: signOut`,
      { query: signOut },
      { headers: name.includes('cookie') ? { cookie: 'gateway_session_4000={wrong}' } : sent },
    ),
    request(`credential: ${name}: GET`, 'GET', `/graphql?query=${encodeURIComponent(viewer)}`, { headers: sent }),
    rest(`credential: ${name}: REST`, 'GET', '/account', {
      headers: { ...sent, ...('authorization' in sent ? {} : { authorization: '' }) },
    }),
    rest(`credential: ${name}: REST, a change`, 'PUT', '/account/email', {
      fields: {},
      headers: { ...sent, ...('authorization' in sent ? {} : { authorization: '' }) },
    }),
  ]);
  return [...all, leaving, { ...leaving, name: 'credential: a cookie that is left: signOut' }];
}

/** What belongs to no API, and what every answer may have. */
function everywhere(): WireRequest[] {
  const paths = [
    '/',
    '/health/live',
    '/health/ready',
    '/health',
    '/openapi.json',
    '/graphql/',
    '/graphql/x',
    '/x/graphql',
    '/Graphql',
    '/foo?x=/graphql',
    '/api',
    '/api/',
    '/api/x',
    '/api/application/users',
    '/favicon.ico',
  ];
  const methods = ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE'];
  const plain = paths.flatMap((path) => methods.map((method) => request(`${method} ${path}`, method, path)));
  const preflight = (origin: string, path: string, to: WireRequest['to']) =>
    request(`preflight of ${path} from ${origin}, ${to}`, 'OPTIONS', path, {
      to,
      headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,content-type' },
    });
  const origins = ['https://panel.example.com', 'https://evil.example', 'null'];
  const preflights = (['default', 'browsers'] as const).flatMap((to) =>
    origins.flatMap((origin) =>
      ['/graphql', '/api/client/account/email', '/nowhere', '/health/live', '/openapi.json'].map((path) => preflight(origin, path, to)),
    ),
  );
  const crossed = origins.flatMap((origin) => [
    ...['/api/client/account', '/api/client/account/two-factor', '/api/client/nowhere', '/nowhere', '/health/live'].map((path) =>
      request(`GET ${path} from ${origin}`, 'GET', path, { to: 'browsers', as: 'bob', headers: { origin, 'accept-encoding': 'br' } }),
    ),
    request(`OPTIONS /api/client/account from ${origin}`, 'OPTIONS', '/api/client/account', { to: 'browsers', headers: { origin } }),
    post(`POST from ${origin}`, { query: viewer }, { to: 'browsers', as: 'bob', headers: { origin } }),
    post(`POST from ${origin}, not JSON`, '{', { to: 'browsers', headers: { origin } }),
    request(`explorer from ${origin}`, 'GET', '/graphql', { to: 'browsers', headers: { origin, accept: 'text/html' } }),
  ]);
  const encodings = [
    'gzip, deflate, br',
    'gzip',
    'GZIP;q=0.5',
    '*',
    'br;q=0, *',
    'br ; q=0 , gzip;q=0, *;q=1',
    'gzip;q=1, br;q=0.5',
    'identity',
    '',
  ];
  const encoded = encodings.flatMap((encoding) => [
    rest(`encoding ${encoding}: large`, 'GET', '/account/two-factor', { headers: { 'accept-encoding': encoding } }),
    rest(`encoding ${encoding}: small`, 'GET', '/account', { headers: { 'accept-encoding': encoding } }),
    post(`encoding ${encoding}: the schema`, { query: getIntrospectionQuery() }, { headers: { 'accept-encoding': encoding } }),
    request(`encoding ${encoding}: explorer`, 'GET', '/graphql', { headers: { accept: 'text/html', 'accept-encoding': encoding } }),
  ]);
  const pages = ['text/html', 'text/html,application/xhtml+xml,*/*;q=0.8', 'application/json, text/html'].flatMap((accept) => [
    request(`page of ${accept}`, 'GET', '/graphql', { headers: { accept } }),
    request(`page of ${accept}, with a query`, 'GET', '/graphql?query=%7B__typename%7D', { headers: { accept } }),
    request(`page of ${accept}, by HEAD`, 'HEAD', '/graphql/', { headers: { accept } }),
  ]);
  return [
    ...plain,
    ...preflights,
    ...crossed,
    ...encoded,
    ...pages,
    request('page that is known', 'GET', '/graphql', { headers: { accept: 'text/html', 'if-none-match': '{page}' } }),
  ];
}

/** Requests of the documented paths beside the ones of the transcripts. */
function restRequests(): WireRequest[] {
  const keyTypes = [
    'application/json; charset=utf8',
    'Application/JSON',
    'application/vnd.pterodactyl.v1+json',
    'text/json',
    'text/plain',
    'application/xml',
    '',
  ];
  const bodies: [body: string | Buffer, headers: Record<string, string>][] = [
    ['description=by+a+form%21&allowed_ips[]=127.0.0.1&allowed_ips[]=10.0.0.0%2F8', form],
    ['description=x&allowed_ips[0][ip]=127.0.0.1', form],
    ['', form],
    ['', json],
    ['null', json],
    ['[]', json],
    [' ', json],
    ['{"description":', json],
    [`${'['.repeat(513)}${']'.repeat(513)}`, json],
    [Buffer.concat([Buffer.from('{"description":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), json],
    ['{"__proto__":{"description":"x"}}', json],
    [JSON.stringify({ description: 'x'.repeat(501) }), json],
    [JSON.stringify({ description: 'x', padding: 'x'.repeat(300 * 1024) }), json],
  ];
  const paths: [method: string, path: string][] = [
    ['GET', ''],
    ['GET', '/'],
    ['GET', '/account/'],
    ['GET', '/account//'],
    ['HEAD', '/account'],
    ['HEAD', '/account/two-factor'],
    ['HEAD', '/nowhere'],
    ['HEAD', '/account/email'],
    ['OPTIONS', '/account/api-keys'],
    ['OPTIONS', '/nowhere'],
    ['POST', '/account'],
    ['DELETE', '/account/two-factor'],
    ['PATCH', '/account/email'],
    ['PUT', ''],
    ['TRACE', '/account'],
    ['DELETE', '/account/api-keys/ptlc_00000000000'],
    ['DELETE', '/account/ssh-keys/x%2Fy'],
    ['DELETE', '/account/ssh-keys/a/b/c'],
    ['DELETE', '/account/ssh-keys/%ff'],
    ['GET', '/account/../account'],
    ['GET', '/account/%2e%2e/account'],
    ['GET', '/account?%'],
    ['GET', '/permissions'],
    ['GET', '?page=2&per_page=1'],
    ['GET', '/account/activity?per_page=2&page=2'],
    ['GET', '/account/activity?sort=id'],
    ['GET', '/account/activity?filter[x]=1'],
    ['GET', '/account/activity?include=actor&per_page=1'],
    ['GET', '/account/activity?per_page=-1'],
  ];
  return [
    ...keyTypes.map((type) =>
      rest(`REST body of ${type}`, 'POST', '/account/api-keys', { headers: { 'content-type': type }, body: '{"description":"é"}' }),
    ),
    ...bodies.map(([body, headers], n) => rest(`REST body ${n}`, 'POST', '/account/api-keys', { headers, body })),
    ...bodies.map(([body, headers], n) => rest(`REST body ${n}, wrong key`, 'POST', '/account/api-keys', { as: 'wrong', headers, body })),
    ...paths.map(([method, path]) => rest(`REST ${method} ${path}`, method, path)),
    ...paths.map(([method, path]) => rest(`REST ${method} ${path}, nobody`, method, path, { headers: { authorization: '' } })),
    rest('REST override by a header', 'POST', '/account/email', { fields: {}, headers: { 'x-http-method-override': 'put' } }),
    rest('REST override by a field', 'POST', '/account/email', { fields: { _method: 'PUT' } }),
    rest('REST override by a form', 'POST', '/account/email', { headers: form, body: '_method=PUT' }),
    rest('REST override in the query', 'POST', '/account/api-keys/ptlc_00000000000?_method=DELETE'),
    rest('REST override that is none', 'POST', '/account', { headers: { 'x-http-method-override': 'GET' } }),
    rest('REST override of a GET', 'GET', '/account', { headers: { 'x-http-method-override': 'DELETE' } }),
    rest('REST an SSH key', 'POST', '/account/ssh-keys', { fields: { name: 'x', public_key: sshLine } }),
    rest('REST the same SSH key', 'POST', '/account/ssh-keys', { fields: { name: 'x', public_key: sshLine } }),
    rest('REST no SSH key', 'POST', '/account/ssh-keys', { fields: { name: 'x', public_key: 'x' } }),
    rest('REST a wrong password', 'PUT', '/account/email', { fields: { email: 'new@example.com', password: 'wrong' } }),
    rest('REST a new address', 'PUT', '/account/email', { fields: { email: 'new@example.com', password: 'correct horse' } }),
    rest('REST a wrong code', 'POST', '/account/two-factor', { fields: { code: '000000', password: 'correct horse' } }),
    rest('REST two-factor off', 'POST', '/account/two-factor/disable', { fields: { password: 'correct horse' } }),
    ...['/account', '/account/api-keys', '/account/ssh-keys', '/account/activity', '/account/two-factor'].map((path) =>
      rest(`REST ${path} afterwards`, 'GET', path),
    ),
  ];
}

/** The operations that the client programs send, as nobody, with a key and with a cookie. */
function clientOperations(): WireRequest[] {
  const document = parse(readFileSync(new URL('../clients/operations.graphql', import.meta.url), 'utf8'));
  const inputs: Readonly<Record<string, object>> = {
    SignIn: { login: 'bob', password: 'correct horse' },
    CompleteSignIn: { challenge: 'x'.repeat(43), answer: { code: '123456' } },
    CreateApiKey: { description: 'made by a client' },
    DeleteApiKey: { identifier: 'ptlc_00000000000' },
  };
  return document.definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const operationName = definition.name?.value ?? '';
    const input = inputs[operationName];
    const body = { query: print(definition), operationName, variables: input ? { input } : {} };
    // Signing in ends the session whose cookie comes with it.
    const session = operationName === 'SignIn' ? '{replaced}' : '{cookie}';
    return [
      post(`client: ${operationName}, nobody`, body),
      post(`client: ${operationName}, a key`, body, { as: 'cyd' }),
      post(`client: ${operationName}, a cookie`, body, { headers: { cookie: `gateway_session_4000=${session}`, origin: '{origin}' } }),
      post(`client: ${operationName}, over https`, body, { to: 'https', headers: { cookie: `__Host-gateway_session=${session}` } }),
    ];
  });
}

/** What was sent to a panel, sent again without what was arranged in between: the answers differ from the panel's, and stay. */
function transcripts(): WireRequest[] {
  const names: Readonly<Record<string, string>> = { alice: 'ada', bob: 'bob', root: 'root' };
  return readExchanges().map(({ n, name, method, path, who, accept, type, body }) =>
    request(`panel ${n} ${name}`, method, path, {
      to: 'panel',
      ...(who !== null && names[who] ? { as: names[who] } : {}),
      headers: { ...(accept === null ? {} : { accept }), ...(type === null ? {} : { 'content-type': type }) },
      ...(body === null || method === 'GET' || method === 'HEAD' ? {} : { body }),
    }),
  );
}

/** Everything that is sent, in order: what is made by one is there for the next. */
export function wireRequests(): WireRequest[] {
  return [...graphqlReads(), ...credentials(), ...everywhere(), ...restRequests(), ...clientOperations(), ...transcripts()];
}
