const query = '{"query":"{ __typename }"}';
const large = 300_000;
const close = 'Connection: close\r\n';
const host = 'Host: gateway.test\r\n';
const json = 'Content-Type: application/json\r\n';

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\n${host}${close}${more}\r\n`;
const keep = (target: string) => `GET ${target} HTTP/1.1\r\n${host}\r\n`;
const post = (headers: string, body: string, target = '/graphql') => `POST ${target} HTTP/1.1\r\n${host}${json}${headers}\r\n${body}`;
const length = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n`;
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;
const last = get('/health/live');

/** Bytes that no client library sends, or not on purpose. Each ends with a request whose answer ends the connection, but for an upgrade. */
export const rawRequests: Readonly<Record<string, string>> = {
  'a target with an origin': get('http://gateway.test/health/live'),
  'a target with another origin': get('https://elsewhere.example/api/client/account'),
  'a target of two slashes': get('//health/live'),
  'a target that is an origin and no more': get('http://gateway.test'),
  'a target that is a star': `OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`,
  'a target without a slash': get('health/live'),
  'a target with a fragment': get('/health/live#x'),
  'a target with half an escape': get('/api/client/%zz'),
  'a target with dots': get('/x/../health/live'),
  'a target with a backslash': get('/\\health\\live'),
  'a target with letters outside ASCII': get('/h\u00e9alth'),
  'no Host in HTTP/1.0': 'GET /health/live HTTP/1.0\r\n\r\n',
  'no Host in HTTP/1.1': `GET /health/live HTTP/1.1\r\n${close}\r\n`,
  'a Host that is half an address': `GET /graphql HTTP/1.1\r\nHost: [\r\n${close}\r\n`,
  'a Host with an impossible port': `GET /health/live HTTP/1.1\r\nHost: x:99999\r\n${close}\r\n`,
  'a Host with half an escape': `GET /api/client/account HTTP/1.1\r\nHost: %zz\r\n${close}\r\n`,
  'a Host with a path': `GET /health/live HTTP/1.1\r\nHost: x/y\r\n${close}\r\n`,
  'a Host with a user': `GET /health/live HTTP/1.1\r\nHost: u:p@x\r\n${close}\r\n`,
  'an empty Host': `GET /health/live HTTP/1.1\r\nHost:\r\n${close}\r\n`,
  'two Hosts': get('/health/live', 'Host: other\r\n'),
  'two Authorizations': get('/api/client/account', 'Authorization: Bearer x\r\nAuthorization: Bearer y\r\n'),
  'two Accepts': post(`${close}Accept: text/html\r\nAccept: application/json\r\n${length(query)}`, query),
  'two Content-Types': post(`${close}Content-Type: text/plain\r\n${length(query)}`, query),
  'two Content-Lengths': post(`${close}${length(query)}Content-Length: 5\r\n`, query),
  'a Content-Length that is no number': post(`${close}Content-Length: x\r\n`, query),
  'a Content-Length beside chunks': post(`${close}${length(query)}Transfer-Encoding: chunked\r\n`, `${chunk(query)}0\r\n\r\n`),
  chunks: post(`${close}Transfer-Encoding: chunked\r\n`, `${chunk(query.slice(0, 5))}${chunk(query.slice(5))}0\r\n\r\n`),
  'chunks that are too large': post('Transfer-Encoding: chunked\r\n', `${chunk('x'.repeat(large))}0\r\n\r\n${last}`),
  'chunks that are too large, REST': post(
    'Transfer-Encoding: chunked\r\n',
    `${chunk('x'.repeat(large))}0\r\n\r\n${last}`,
    '/api/client/account/api-keys',
  ),
  'a chunk that is none': post(`${close}Transfer-Encoding: chunked\r\n`, 'hodor\r\n'),
  'a body that was announced': post(`${close}Expect: 100-continue\r\n${length(query)}`, query),
  'a large body that was announced': post(`${close}Expect: 100-continue\r\nContent-Length: ${large}\r\n`, ''),
  'another expectation': post(`${close}Expect: hodor\r\n${length(query)}`, query),
  'two requests at once': `${keep('/health/live')}${last}`,
  'a query and another request at once': `${post(length(query), query)}${last}`,
  'a request after no JSON': `${post(length('{'), '{')}${last}`,
  'a request after an unknown path': `${post(length(query), query, '/nowhere')}${last}`,
  'a request after a wrong type': `${post(`${length(query)}`, query, '/graphql').replace('application/json', 'text/plain')}${last}`,
  'a request after a REST change without a key': `${post(length(query), query, '/api/client/account/api-keys')}${last}`,
  'a request after a body too large': `${post(`Content-Length: ${large}\r\n`, 'x'.repeat(large))}${last}`,
  'a request after a body too large, REST': `${post(`Content-Length: ${large}\r\n`, 'x'.repeat(large), '/api/client/account/api-keys')}${last}`,
  'a GET with a body': `GET /health/live HTTP/1.1\r\n${host}${length(query)}\r\n${query}${last}`,
  HEAD: `HEAD /health/live HTTP/1.1\r\n${host}\r\n${last}`,
  'HEAD of REST': `HEAD /api/client/account HTTP/1.1\r\n${host}\r\n${last}`,
  CONNECT: `CONNECT gateway.test:443 HTTP/1.1\r\n${host}\r\n`,
  'an unknown method': `HODOR /health/live HTTP/1.1\r\n${host}${close}\r\n`,
  'a method in lower case': `get /health/live HTTP/1.1\r\n${host}${close}\r\n`,
  'a rare method': `PROPFIND /api/client/account HTTP/1.1\r\n${host}${close}\r\n`,
  'no HTTP': 'hodor\r\n\r\n',
  'a header that is too long': get('/health/live', `X: ${'x'.repeat(20_000)}\r\n`),
  'an upgrade': get('/graphql', 'Upgrade: websocket\r\n'),
};
