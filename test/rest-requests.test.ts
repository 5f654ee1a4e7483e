import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hashToken } from '../src/crypto/token.ts';
import { expectLinearCost } from './cost.ts';
import { startGateway, type TestGateway } from './harness.ts';
import { serve } from './serve.ts';

const gateway = await startGateway();
const origin = await serve(gateway);
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const json = { 'content-type': 'application/json' };
const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';
const fingerprint = 'sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';

/** The refusal of an answer: its status, then `code` or `field rule` of each error. */
function refusedBy({ status, body }: Awaited<ReturnType<TestGateway['rest']>>) {
  const errors: { code: string; meta?: { source_field: string; rule: string } }[] = body?.errors ?? [];
  return [status, ...errors.map(({ code, meta }) => (meta ? `${meta.source_field} ${meta.rule}` : code))];
}

describe('the body of a request', () => {
  const makeKey = async (body: string, headers: Record<string, string>) => {
    const person = await gateway.createPerson();
    return gateway.rest('POST', '/account/api-keys', { ...person, body, headers });
  };

  test.each([
    'application/json',
    'application/json; charset=utf8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/vnd.pterodactyl.v1+json',
    'text/json',
  ])('is read as JSON by the type %s', async (type) => {
    const made = await makeKey('{"description":"é","allowed_ips":["127.0.0.1"]}', { 'content-type': type });
    expect([made.status, made.body.attributes]).toMatchObject([200, { description: 'é', allowed_ips: ['127.0.0.1'] }]);
  });

  test.each([
    ['allowed_ips[]=127.0.0.1&allowed_ips[]=10.0.0.0%2F8', ['127.0.0.1', '10.0.0.0/8']],
    ['allowed_ips%5B%5D=127.0.0.1', ['127.0.0.1']],
    ['allowed_ips[0]=127.0.0.1&allowed_ips[1]=10.0.0.1', ['127.0.0.1', '10.0.0.1']],
    ['allowed_ips[5]=127.0.0.1&allowed_ips[2]=10.0.0.1&allowed_ips[]=::1', ['127.0.0.1', '10.0.0.1', '::1']],
    ['allowed_ips[1]=127.0.0.1&allowed_ips[]=10.0.0.1', ['127.0.0.1', '10.0.0.1']],
    ['allowed_ips[a]=127.0.0.1&allowed_ips[]=10.0.0.1', ['10.0.0.1', '127.0.0.1']],
    ['allowed_ips[]=10.0.0.1&allowed_ips[a]=127.0.0.1', ['10.0.0.1', '127.0.0.1']],
    ['allowed_ips=', []],
    ['', []],
  ])('is read as form fields: %s', async (ips, expected) => {
    const made = await makeKey(`description=by+a+form%21&${ips}`, form);
    expect([made.status, made.body.attributes]).toMatchObject([200, { description: 'by a form!', allowed_ips: expected }]);
  });

  // A name with two brackets was read as another field: the key was created, and allowed from every address.
  test.each([
    ['allowed_ips[0][ip]=127.0.0.1', 'allowed_ips.0 string'],
    ['allowed_ips[][]=127.0.0.1', 'allowed_ips.0 string'],
    ['allowed_ips=127.0.0.1', 'allowed_ips array'],
  ])('with a list that is not one creates no key: %s', async (ips, error) => {
    expect(refusedBy(await makeKey(`description=x&${ips}`, form))).toEqual([422, error]);
  });

  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/xml', ''])(
    'of another type has no fields, without a 415: %s',
    async (type) => {
      expect(refusedBy(await makeKey('{"description":"x"}', { 'content-type': type }))).toEqual([422, 'description required']);
    },
  );

  test.each(['null', '5', '"text"', '[]', '["description"]', 'true', ' '])('of JSON without fields has none: %s', async (body) => {
    expect(refusedBy(await makeKey(body, json))).toEqual([422, 'description required']);
  });

  test.each([
    ['{"description":', 'Syntax error'],
    ["{'description':'x'}", 'Syntax error'],
    ['{"description":"x",}', 'Syntax error'],
    ['NaN', 'Syntax error'],
    ['{"description":"\u0000"}', 'Syntax error'],
    [`${'['.repeat(513)}${']'.repeat(513)}`, 'Maximum stack depth exceeded'],
    [`{"description":${'{"a":'.repeat(50_000)}`, 'Maximum stack depth exceeded'],
  ])('that is not JSON is malformed: %.30s', async (body, reason) => {
    const refused = await makeKey(body, json);
    const detail = `The JSON data passed in the request appears to be malformed: ${reason}`;
    expect([refused.status, refused.body]).toEqual([400, { errors: [{ code: 'BadRequestHttpException', status: '400', detail }] }]);
  });

  test('that is not UTF-8 is malformed', async () => {
    const person = await gateway.createPerson();
    const body = Buffer.concat([Buffer.from('{"description":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const refused = await gateway.rest('POST', '/account/api-keys', { ...person, body, headers: json });
    expect(refused.body.errors[0].detail).toMatch(/Malformed UTF-8 characters, possibly incorrectly encoded$/);
  });

  test('can nest 512 levels deep, brackets in strings not counted', async () => {
    const nested = (levels: number) => `{"description":"${'[{\\"'.repeat(600)}","x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(refusedBy(await makeKey(nested(511), json))).toEqual([422, 'description max']);
    expect(refusedBy(await makeKey(nested(512), json))).toEqual([400, 'BadRequestHttpException']);
  });

  // Each took seconds: a pattern that started again at every quote, and a list that was copied for each of its entries.
  test.each([
    ['quotes that are escaped', json, '{"description":"'.padEnd(250_000, '\\"')],
    ['quotes', json, '"'.repeat(250_000)],
    ['backslashes', json, '\\'.repeat(250_000)],
    ['brackets', json, '[]'.repeat(125_000)],
    ['entries of a list', form, 'a[]=&'.repeat(50_000)],
    [
      'entries of an object',
      form,
      Array.from({ length: 30_000 }, (_, index) => `a[x${index}]`)
        .join('&')
        .slice(0, 250_000),
    ],
    ['brackets of a name', form, '['.repeat(250_000)],
    ['names in brackets', form, `a${'[a]'.repeat(80_000)}`],
    ['ampersands', form, '&'.repeat(250_000)],
    ['blanks', json, `{"description":"x${' '.repeat(250_000)}x"}`],
  ])('costs no more to read than another body of its length: %s', async (_name, headers, body) => {
    const { status } = await makeKey(body, headers);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    const plainBody = `{"description":"${'x'.repeat(250_000)}"}`;
    await expectLinearCost(
      () => makeKey(body, headers),
      () => makeKey(plainBody, json),
    );
  });

  test('can be empty although its type is JSON', async () => {
    const person = await gateway.createPerson();
    const { identifier, secret_token } = await gateway
      .rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } })
      .then(({ body }) => ({ ...body.attributes, ...body.meta }));
    expect((await gateway.rest('DELETE', `/account/api-keys/${identifier}`, { ...person, headers: json })).status).toBe(204);
    expect((await gateway.rest('GET', '/account', { token: identifier + secret_token })).status).toBe(401);
    expect(refusedBy(await gateway.rest('POST', '/account/ssh-keys/remove', { ...person, headers: json }))).toEqual([
      422,
      'fingerprint required',
    ]);
    expect((await gateway.rest('GET', '/account', { ...person, headers: json })).status).toBe(200);
  });

  test('with a repeated key has its last value, and `__proto__` is a key like others', async () => {
    expect((await makeKey('{"description":"one","description":"two"}', json)).body.attributes.description).toBe('two');
    expect((await makeKey('description=one&description=two', form)).body.attributes.description).toBe('two');
    for (const body of ['{"__proto__":{"description":"x"}}', '{"constructor":{"prototype":{"description":"x"}}}']) {
      expect(refusedBy(await makeKey(body, json))).toEqual([422, 'description required']);
    }
    expect(refusedBy(await makeKey('__proto__[description]=x&a[__proto__][description]=x', form))).toEqual([422, 'description required']);
    expect(Object.prototype).not.toHaveProperty('description');
    const inList = await makeKey('{"description":"x","allowed_ips":{"__proto__":"10.0.0.1"}}', json);
    expect(inList.body.attributes.allowed_ips).toEqual(['10.0.0.1']);
  });

  test('is merged over the query', async () => {
    const person = await gateway.createPerson();
    const query = new URLSearchParams({ email: `q.${person.email}`, password: person.password });
    expect((await gateway.rest('PUT', `/account/email?${query}`, person)).status).toBe(204);
    expect((await gateway.rest('GET', '/account', person)).body.attributes.email).toBe(`q.${person.email}`);
    const body = { email: `b.${person.email}` };
    expect((await gateway.rest('PUT', `/account/email?${query}`, { ...person, body })).status).toBe(204);
    expect((await gateway.rest('GET', '/account', person)).body.attributes.email).toBe(`b.${person.email}`);
  });

  test('of more than 256 KiB is 413, with or without Content-Length, and changes nothing', async () => {
    const person = await gateway.createPerson();
    const fits = JSON.stringify({ description: 'x', padding: 'x'.repeat(256 * 1024 - 37) });
    expect(Buffer.byteLength(fits)).toBeLessThanOrEqual(256 * 1024);
    const ask = (body: BodyInit) =>
      fetch(`${origin}/api/client/account/api-keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${person.token}`, ...json },
        body,
        ...(typeof body === 'string' ? {} : { duplex: 'half' }),
      });
    expect((await ask(fits)).status).toBe(200);
    const large = JSON.stringify({ description: 'x', padding: 'x'.repeat(300 * 1024) });
    for (const body of [large, new Blob([large]).stream()]) {
      const refused = await ask(body);
      const error = { code: 'PostTooLargeException', status: '413', detail: 'The request body is larger than 256 KiB.' };
      expect([refused.status, await refused.json()]).toEqual([413, { errors: [error] }]);
      expect(refused.headers.get('content-type')).toBe('application/json');
    }
    expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(2);
  });
});

describe('text in a request', () => {
  test('is trimmed of all white space, and empty text counts as missing', async () => {
    const person = await gateway.createPerson();
    const body = { description: '\u2028\u00a0 \ttrimmed \u3000\n', allowed_ips: [' 127.0.0.1\n'] };
    const made = await gateway.rest('POST', '/account/api-keys', { ...person, body });
    expect(made.body.attributes).toMatchObject({ description: 'trimmed', allowed_ips: ['127.0.0.1'] });
    for (const description of ['', '  ', '\u2028', null]) {
      expect(refusedBy(await gateway.rest('POST', '/account/api-keys', { ...person, body: { description } }))).toEqual([
        422,
        'description required',
      ]);
    }
    const blanks = await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x', allowed_ips: '' } });
    expect(blanks.body.attributes.allowed_ips).toEqual([]);
  });

  test('that is a password is not trimmed', async () => {
    const person = await gateway.createPerson({ password: '  before  ' });
    const body = { current_password: '  before  ', password: '  after   ', password_confirmation: '  after   ' };
    expect((await gateway.rest('PUT', '/account/password', { ...person, body })).status).toBe(204);
    const change = (password: string) =>
      gateway.rest('PUT', '/account/email', { ...person, body: { email: ` new.${person.email} `, password } });
    expect((await change('after')).status).toBe(400);
    expect((await change('  after   ')).status).toBe(204);
    expect((await gateway.rest('GET', '/account', person)).body.attributes.email).toBe(`new.${person.email}`);
  });

  test('can be a number only where a password is compared', async () => {
    const person = await gateway.createPerson({ password: '12345678' });
    const email = `new.${person.email}`;
    expect((await gateway.rest('PUT', '/account/email', { ...person, body: { email, password: 12345678 } })).status).toBe(204);
    const numbers = { current_password: 12345678, password: 87654321, password_confirmation: 87654321 };
    expect(refusedBy(await gateway.rest('PUT', '/account/password', { ...person, body: numbers }))).toEqual([
      422,
      'password string',
      'password min',
    ]);
    expect(refusedBy(await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 5 } }))).toEqual([
      422,
      'description string',
    ]);
  });
});

describe('the path and the method of a request', () => {
  test('are the same with a slash at the end', async () => {
    const person = await gateway.createPerson();
    for (const path of ['/account/', '/account//', '/account/api-keys/', '/', '/permissions/']) {
      expect((await gateway.rest('GET', path, person)).status, path).toBe(200);
    }
    const body = { email: `new.${person.email}`, password: person.password };
    expect((await gateway.rest('PUT', '/account/email/?x=1', { ...person, body })).status).toBe(204);
  });

  test('with many slashes cost no more to refuse', async () => {
    const ask = (path: string) => gateway.rest('GET', path);
    expect((await ask(`/${'/'.repeat(100_000)}x`)).status).toBe(404);
    await expectLinearCost(
      () => ask(`/${'/'.repeat(100_000)}x`),
      () => ask(`/${'a'.repeat(100_000)}x`),
    );
  });

  test('HEAD gives the answer of GET without its body', async () => {
    const person = await gateway.createPerson();
    const { authorization } = { authorization: `Bearer ${person.token}` };
    for (const [path, headers, status] of [
      ['/account', { authorization }, 200],
      ['/account/api-keys', { authorization }, 200],
      ['/account/activity?per_page=-1', { authorization }, 422],
      ['/account', {}, 401],
      ['/nowhere', {}, 404],
      ['/account/email', {}, 405],
    ] as const) {
      const response = await fetch(`${origin}/api/client${path}`, { method: 'HEAD', headers });
      expect([path, response.status, await response.text()]).toEqual([path, status, '']);
      expect(response.headers.get('content-type')).toBe('application/json');
    }
  });

  test('HEAD has the length of the body of GET, or none', async () => {
    const { token } = await gateway.createPerson();
    for (const path of ['/account', '/account/api-keys', '/account/two-factor', '/permissions']) {
      const lengthBy = async (method: string) => {
        const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' };
        const response = await fetch(`${origin}/api/client${path}`, { method, headers });
        await response.text();
        return [response.status, response.headers.get('content-type'), response.headers.get('content-length')];
      };
      const [status, type, length] = await lengthBy('HEAD');
      const expected = await lengthBy('GET');
      expect([path, status, type, length ?? expected[2]]).toEqual([path, ...expected]);
    }
  });

  test('HEAD of the two-factor setup creates no secret', async () => {
    const person = await gateway.createPerson();
    expect((await gateway.rest('HEAD', '/account/two-factor', person)).status).toBe(200);
    expect(await gateway.db.twoFactorSetup.count({ where: { accountId: person.id } })).toBe(0);
    await gateway.enableTwoFactor(person);
    expect((await gateway.rest('HEAD', '/account/two-factor', person)).status).toBe(400);
  });

  test('are checked before the credential', async () => {
    const unknown = await gateway.rest('GET', '/account/nowhere');
    const detail = 'The route api/client/account/nowhere could not be found.';
    expect([unknown.status, unknown.body]).toEqual([404, { errors: [{ code: 'NotFoundHttpException', status: '404', detail }] }]);
    for (const [method, path, allow] of [
      ['POST', '/account', 'GET, HEAD'],
      ['DELETE', '/account/two-factor', 'GET, HEAD, POST'],
      ['DELETE', '/account/api-keys/', 'GET, HEAD, POST'],
      ['PATCH', '/account/email', 'PUT'],
      ['GET', '/account/api-keys/ptlc_a1B2c3D4e5F', 'DELETE'],
      ['DELETE', '/account/ssh-keys/remove', 'POST'],
      ['PUT', '', 'GET, HEAD'],
    ] as const) {
      const wrong = await gateway.rest(method, path);
      const route = `api/client${path}`.replace(/\/$/, '');
      const sentence = `The ${method} method is not supported for route ${route}. Supported methods: ${allow}.`;
      const error = { code: 'MethodNotAllowedHttpException', status: '405', detail: sentence };
      expect([wrong.status, wrong.headers.get('allow'), wrong.body]).toEqual([405, allow, { errors: [error] }]);
    }
    for (const path of ['/api', '/api/', '/api/application/users', '/api/client/servers/1', '/api/x']) {
      const response = await gateway.fetch(path);
      expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
    }
  });

  test('of a plain OPTIONS request are answered with the allowed methods, without a credential', async () => {
    const asked = await gateway.rest('OPTIONS', '/account/api-keys');
    expect([asked.status, asked.headers.get('allow'), asked.text]).toEqual([200, 'GET,HEAD,POST', '']);
    expect((await gateway.rest('OPTIONS', '/nowhere')).status).toBe(404);
  });

  test('of a POST are read as another method that a header or a field names', async () => {
    const person = await gateway.createPerson();
    const body = { email: `a.${person.email}`, password: person.password };
    const override = { 'x-http-method-override': 'put' };
    expect((await gateway.rest('POST', '/account/email', { ...person, body, headers: override })).status).toBe(204);
    expect((await gateway.rest('POST', '/account/email', { ...person, body: { ...body, _method: 'PUT' } })).status).toBe(204);
    const fields = new URLSearchParams({ ...body, _method: 'PUT' }).toString();
    expect((await gateway.rest('POST', '/account/email', { ...person, body: fields, headers: form })).status).toBe(204);
    const path = `/account/api-keys/${person.identifier}`;
    expect((await gateway.rest('POST', `${path}?_method=DELETE`, person)).status).toBe(204);
    expect((await gateway.rest('POST', '/account', { headers: { 'x-http-method-override': 'GET' } })).status).toBe(405);
    expect((await gateway.rest('GET', '/account', { ...person, headers: { 'x-http-method-override': 'DELETE' } })).status).toBe(401);
  });
});

describe('every answer', () => {
  const answers = async () => {
    const person = await gateway.createPerson();
    const ask = (method: string, path: string, body?: unknown) => gateway.rest(method, path, { ...person, body });
    return Promise.all([
      ask('GET', '/account'),
      ask('PUT', '/account/email', { email: `new.${person.email}`, password: person.password }),
      ask('PUT', '/account/email', {}),
      ask('POST', '/account/api-keys', {}),
      ask('POST', '/account', {}),
      ask('OPTIONS', '/account'),
      ask('HEAD', '/account'),
      ask('GET', '/nowhere'),
      gateway.rest('GET', '/account'),
      gateway.rest('GET', '/account', { headers: { accept: 'text/html' } }),
    ]);
  };

  test('has a request id of its own, and is not cached', async () => {
    const all = await answers();
    const ids = all.map(({ headers }) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(new Set(ids).size).toBe(all.length);
    for (const { headers } of all) expect(headers.get('cache-control')).toMatch(/no-store/);
  });

  test('has the type JSON where it has a body, for every Accept header, and no type where it has none', async () => {
    for (const { status, text, headers } of await answers()) {
      if (text !== '') expect(headers.get('content-type')).toBe('application/json');
      if (status === 204) expect([text, headers.get('content-type')]).toEqual(['', null]);
    }
    const person = await gateway.createPerson();
    for (const accept of ['Application/vnd.pterodactyl.v1+json', 'application/json', 'text/html', '*/*', '']) {
      const answer = await gateway.rest('GET', '/account', { ...person, headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    }
  });

  test('has times with a numeric offset of UTC', async () => {
    const person = await gateway.createPerson();
    await gateway.rest('POST', '/account/ssh-keys', { ...person, body: { name: 'x', public_key: line } });
    const texts = await Promise.all(
      ['/account/api-keys', '/account/ssh-keys', '/account/activity?include=actor'].map(
        async (path) => (await gateway.rest('GET', path, person)).text,
      ),
    );
    const times = texts.join().match(/"(?:created_at|last_used_at|timestamp)":"[^"]+"/g) ?? [];
    expect(times.length).toBeGreaterThanOrEqual(6);
    for (const time of times) expect(time).toMatch(/:"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"$/);
  });

  test('is compressed when it is over a kilobyte and the client accepts it', async () => {
    const person = await gateway.createPerson();
    const get = (path: string, encoding: string | null) =>
      new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
        const headers = { authorization: `Bearer ${person.token}`, ...(encoding === null ? {} : { 'accept-encoding': encoding }) };
        httpRequest(`${origin}/api/client${path}`, { headers }, async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ headers: response.headers, body: Buffer.concat(chunks) });
        })
          .on('error', reject)
          .end();
      });
    const large = (await get('/account/two-factor', null)).body;
    expect(large.length).toBeGreaterThan(1024);
    const decoders = { br: brotliDecompressSync, gzip: gunzipSync, none: (body: Buffer) => body };
    for (const [asked, used] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['GZIP;q=0.5', 'gzip'],
      ['*', 'br'],
      ['br;q=0, *', 'gzip'],
      ['br ; q=0 , gzip;q=0, *;q=1', 'none'],
      ['identity', 'none'],
      ['', 'none'],
      [`${' '.repeat(6000)}x;${' '.repeat(6000)}q=1`, 'none'],
    ] as const) {
      const { headers, body } = await get('/account/two-factor', asked);
      expect([asked, headers['content-encoding']]).toEqual([asked, used === 'none' ? undefined : used]);
      expect(headers['vary']).toMatch(/accept-encoding/i);
      if (used !== 'none') expect(Number(headers['content-length'])).toBe(body.length);
      expect(decoders[used](body).equals(large)).toBe(true);
    }
    expect((await get('/account', 'br')).headers['content-encoding']).toBeUndefined();
    expect((await get('/nowhere', 'br')).headers['content-encoding']).toBeUndefined();
  });
});

describe('a browser on another origin', () => {
  const allowed = 'https://panel.example.com';

  test('gets no CORS headers by default', async () => {
    const person = await gateway.createPerson();
    const answer = await gateway.rest('GET', '/account', { ...person, headers: { origin: allowed } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });

  test('is allowed with credentials from the listed origins only', async () => {
    const open = await startGateway({ db: gateway.db, env: { CORS_ORIGINS: `${allowed}, http://localhost:3000` } });
    const person = await gateway.createPerson();
    for (const path of ['/account', '/account/two-factor', '/nowhere']) {
      const from = (origin: string) =>
        open.fetch(`/api/client${path}`, { headers: { origin, authorization: `Bearer ${person.token}`, 'accept-encoding': 'br' } });
      const yes = await from('http://localhost:3000');
      expect(yes.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
      expect(yes.headers.get('access-control-allow-credentials')).toBe('true');
      const exposed = yes.headers.get('access-control-expose-headers')?.split(', ') ?? [];
      for (const name of ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After'])
        expect(exposed).toContain(name);
      expect(yes.headers.get('vary')).toMatch(/\bOrigin\b/);
      for (const other of ['https://panel.example.com.evil.example', 'https://evil.example', 'null', 'http://panel.example.com']) {
        const no = await from(other);
        expect([no.headers.get('access-control-allow-origin'), no.headers.get('access-control-allow-credentials')]).toEqual([null, null]);
        expect(no.headers.get('vary')).toMatch(/\bOrigin\b/);
      }
    }
  });

  test('sends a preflight request without a key, and caches keep its answers apart by origin', async () => {
    const open = await startGateway({ db: gateway.db, env: { CORS_ORIGINS: allowed, LIMIT_REQUESTS_PER_MINUTE: '1' } });
    const preflight = (origin: string) =>
      open.fetch('/api/client/account/email', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,content-type' },
      });
    for (let time = 0; time < 3; time += 1) {
      const yes = await preflight(allowed);
      expect([yes.status, await yes.text()]).toEqual([204, '']);
      expect(yes.headers.get('access-control-allow-origin')).toBe(allowed);
      expect(yes.headers.get('access-control-allow-methods')?.split(', ')).toEqual(
        expect.arrayContaining(['GET', 'PUT', 'POST', 'DELETE']),
      );
      expect(yes.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
      expect(yes.headers.get('access-control-allow-credentials')).toBe('true');
      expect(yes.headers.get('vary')).toMatch(/\bOrigin\b/);
    }
    const no = await preflight('https://evil.example');
    expect([no.status, no.headers.get('access-control-allow-origin')]).toEqual([204, null]);
  });
});

describe('the dialect', () => {
  test.each([
    ['documented', /^data:image\/png;base64,/, `SHA256:${fingerprint}`, /^ssh-ed25519 [A-Za-z0-9+/=]+$/],
    [
      'panel',
      /^otpauth:\/\/totp\/[^?]+\?secret=[A-Z2-7]{32}&issuer=/,
      fingerprint,
      /^-----BEGIN PUBLIC KEY-----\r\n.*\r\n-----END PUBLIC KEY-----$/,
    ],
  ])('%s has its own picture, fingerprint and key, and takes either form', async (dialect, picture, shown, key) => {
    const server = await startGateway({ env: { REST_DIALECT: dialect } });
    const person = await server.createPerson();
    expect((await server.rest('GET', '/account/two-factor', person)).body.data.image_url_data).toMatch(picture);
    const add = () => server.rest('POST', '/account/ssh-keys', { ...person, body: { name: 'x', public_key: `${line} comment` } });
    for (const asked of [fingerprint, `SHA256:${fingerprint}`, `${fingerprint}=`]) {
      const added = await add();
      expect([added.status, added.body.attributes.fingerprint]).toEqual([200, shown]);
      expect(added.body.attributes.public_key).toMatch(key);
      const listed = await server.rest('GET', '/account/ssh-keys', person);
      expect(listed.body.data).toEqual([added.body]);
      const body = { fingerprint: asked };
      expect((await server.rest('POST', '/account/ssh-keys/remove', { ...person, body })).status).toBe(204);
      expect((await server.rest('GET', '/account/ssh-keys', person)).body.data).toEqual([]);
    }
  });
});

describe("Pelican's own paths", () => {
  test('remove an SSH key by its path, slashes escaped or not', async () => {
    const withSlash = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDWWbVUtXO0X5FpAQ7bGmFDN4FvTfxFVVVUhJ1CGx9Rh';
    const person = await gateway.createPerson();
    const keys = [line, withSlash].map((public_key) => ({ name: 'x', public_key }));
    const found = await gateway.rest('POST', '/account/ssh-keys', { ...person, body: keys[0] });
    const raw: string = found.body.attributes.fingerprint.slice('SHA256:'.length);
    for (const named of [raw, encodeURIComponent(raw), `SHA256:${raw}`, encodeURIComponent(`SHA256:${raw}`), `${raw}=`, `${raw}/`]) {
      expect((await gateway.rest('DELETE', `/account/ssh-keys/${named}`, person)).status).toBe(204);
      expect(refusedBy(await gateway.rest('DELETE', `/account/ssh-keys/${named}`, person))).toEqual([404, 'NotFoundHttpException']);
      await gateway.rest('POST', '/account/ssh-keys', { ...person, body: keys[0] });
    }
  });

  test.each(['/'.repeat(43), 'x', '%20', 'x'.repeat(500), '%00', '%ff', 'a/b/c', '%2F'])(
    'answer 404 to what is not a fingerprint: %.20s',
    async (named) => {
      const person = await gateway.createPerson();
      expect(refusedBy(await gateway.rest('DELETE', `/account/ssh-keys/x${named}`, person))).toEqual([404, 'NotFoundHttpException']);
    },
  );

  test('answer 404 to an SSH key of another account', async () => {
    const [mine, theirs] = [await gateway.createPerson(), await gateway.createPerson()];
    await gateway.rest('POST', '/account/ssh-keys', { ...theirs, body: { name: 'x', public_key: line } });
    expect((await gateway.rest('DELETE', `/account/ssh-keys/${encodeURIComponent(fingerprint)}`, mine)).status).toBe(404);
    expect((await gateway.rest('GET', '/account/ssh-keys', theirs)).body.data).toHaveLength(1);
  });

  test('change the username with the password', async () => {
    const person = await gateway.createPerson();
    const username = `New.${person.username}`;
    const change = (body: object) => gateway.rest('PUT', '/account/username', { ...person, body });
    expect(refusedBy(await change({ username, password: 'wrong' }))).toEqual([400, 'InvalidPasswordProvidedException']);
    expect(refusedBy(await change({ password: person.password }))).toEqual([422, 'username required']);
    expect((await change({ username, password: person.password })).status).toBe(204);
    expect((await gateway.rest('GET', '/account', person)).body.attributes.username).toBe(username.toLowerCase());
    const other = await gateway.createPerson();
    expect(refusedBy(await change({ username: other.username.toUpperCase(), password: person.password }))).toEqual([
      422,
      'username unique',
    ]);
  });

  test('accept a key with their prefix, in both APIs', async () => {
    const person = await gateway.createPerson();
    const [identifier, secret] = ['pacc_importedKey', 's'.repeat(32)];
    const row = { accountId: person.id, identifier, secretHash: hashToken(secret), description: 'imported', createdAt: new Date() };
    await gateway.db.apiKey.create({ data: row });
    const token = identifier + secret;
    expect((await gateway.rest('GET', '/account', { token })).body.attributes.id).toBe(person.id);
    expect((await gateway.graphql('{ viewer { profile { username } } }', {}, { token })).data.viewer.profile.username).toBe(
      person.username,
    );
    expect((await gateway.rest('DELETE', `/account/api-keys/${identifier}`, { token })).status).toBe(204);
    expect((await gateway.rest('GET', '/account', { token })).status).toBe(401);
  });
});

describe('requests above the limit', () => {
  const left = ({ headers }: { headers: Headers }) => [headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')];

  test('are counted per account, over its keys and both APIs, and refused as the panel does', async () => {
    const limited = await startGateway({ db: gateway.db, env: { LIMIT_REQUESTS_PER_MINUTE: '3' } });
    const person = await gateway.createPerson();
    const second = (await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } })).body;
    const token = second.attributes.identifier + second.meta.secret_token;
    expect(left(await limited.rest('GET', '/account', person))).toEqual(['3', '2']);
    expect((await limited.graphql('{ viewer { id } }', {}, { token })).errors).toBeUndefined();
    expect(left(await limited.rest('GET', '/permissions', { token }))).toEqual(['3', '0']);
    const before = Math.floor(Date.now() / 1000);
    const refused = await limited.rest('GET', '/account', person);
    const after = Math.floor(Date.now() / 1000);
    const error = { code: 'ThrottleRequestsException', status: '429', detail: 'Too Many Attempts.' };
    expect([refused.status, refused.body, ...left(refused)]).toEqual([429, { errors: [error] }, '3', '0']);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const reset = Number(refused.headers.get('x-ratelimit-reset'));
    expect([reset >= before + wait, reset <= after + wait]).toEqual([true, true]);
    const graph = await limited.graphql('{ viewer { id } }', {}, { token });
    expect(graph.errors?.[0]?.extensions['code']).toBe('RATE_LIMITED');
    expect((await limited.rest('GET', '/account', await gateway.createPerson())).status).toBe(200);
  });

  test('do not include those refused with 401, 403, 404, 405, 413 or for a malformed body', async () => {
    const limited = await startGateway({ db: gateway.db, env: { LIMIT_REQUESTS_PER_MINUTE: '3' } });
    const person = await gateway.createPerson();
    const body = { description: 'elsewhere', allowed_ips: ['10.0.0.0/8'] };
    const elsewhere = (await gateway.rest('POST', '/account/api-keys', { ...person, body })).body;
    const blocked = { token: elsewhere.attributes.identifier + elsewhere.meta.secret_token };
    const unread: [status: number, method: string, path: string, ask: { token: string; body?: unknown }][] = [
      [401, 'GET', '/account', { token: `${person.identifier}${'x'.repeat(32)}` }],
      [403, 'GET', '/account', blocked],
      [404, 'GET', '/nowhere', person],
      [405, 'DELETE', '/account', person],
      [405, 'POST', '/account', { ...person, body: {} }],
      [400, 'POST', '/account/api-keys', { ...person, body: '{' }],
      [413, 'POST', '/account/api-keys', { ...person, body: ' '.repeat(300 * 1024) }],
    ];
    for (const [at, [status, method, path, ask]] of unread.entries()) {
      const answer = await limited.rest(method, path, { ...ask, peer: `192.0.2.${at}` });
      expect([answer.status, ...left(answer)]).toEqual([status, null, null]);
    }
    expect(left(await limited.rest('POST', '/account/api-keys', { ...person, body: {} }))).toEqual(['3', '2']);
    expect(left(await limited.rest('PUT', '/account/email', { ...person, body: {} }))).toEqual(['3', '1']);
    expect(left(await limited.rest('GET', '/account/activity?sort=id', person))).toEqual(['3', '0']);
  });

  test('do not exist where the limit is off', async () => {
    const unlimited = await startGateway({ db: gateway.db, env: { LIMIT_REQUESTS_PER_MINUTE: '0' } });
    const person = await gateway.createPerson();
    expect(left(await unlimited.rest('GET', '/account', person))).toEqual([null, null]);
  });
});
