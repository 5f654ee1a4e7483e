import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Route } from '../src/rest/http/route.ts';
import { routes } from '../src/rest/routes/routes.ts';
import { startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';

const gateway = await startGateway({
  ownDatabase: true,
  env: {
    LIMIT_REQUESTS_PER_MINUTE: '0',
    LIMIT_API_KEYS: '0',
    LIMIT_EMAIL_CHANGES_PER_DAY: '0',
    LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0',
    LIMIT_WRONG_SECRETS_PER_DAY: '0',
  },
});
const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';
const runsPerRoute = 100;
// The same requests in every run. A failure prints the seed and the path to the smallest request that fails.
const seed = 20_260_301;

/** An account with rows in every table, and another one. */
const person = await gateway.createPerson();
const bystander = await gateway.createPerson();
for (const { token } of [person, bystander]) {
  await gateway.rest('POST', '/account/ssh-keys', { token, body: { name: 'kept', public_key: line } });
  await gateway.rest('POST', '/account/api-keys', { token, body: { description: 'kept' } });
}
await gateway.enableTwoFactor(bystander);
await gateway.rest('GET', '/account/two-factor', person);
await insertSession(gateway, person);
const tables = ['accounts', 'two_factor', 'recovery_tokens', 'api_keys', 'ssh_keys', 'sessions', 'two_factor_setups', 'activity'];
const original = await readRows();
const counts = { requests: 0, refused: 0 };
afterAll(() => console.log(`fuzz: ${counts.requests} requests, ${counts.refused} refused`));

/** All rows, without the last uses of keys, which are written later. */
async function readRows(): Promise<string> {
  const selections = tables.map(
    (name) => `(SELECT jsonb_agg(to_jsonb(r) - 'last_used_at' ORDER BY to_jsonb(r)::text) FROM ${name} r) AS ${name}`,
  );
  return JSON.stringify(await gateway.db.$queryRawUnsafe(`SELECT ${selections.join(', ')}`));
}

/** Restores all rows after a request that was accepted. */
async function restore(): Promise<void> {
  const [rows] = JSON.parse(original) as [Record<string, object[] | null>];
  await gateway.db.$executeRawUnsafe('DELETE FROM accounts');
  for (const name of tables) {
    await gateway.db.$executeRawUnsafe(
      `INSERT INTO ${name} SELECT * FROM jsonb_populate_recordset(NULL::${name}, $1::jsonb)`,
      JSON.stringify(rows[name] ?? []),
    );
  }
}

const anyText = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 }).map((points) => String.fromCodePoint(...points)),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '\u2028',
    '\ufeff',
    '💥'.repeat(200),
    'x'.repeat(2000),
    ' '.repeat(100),
    '%',
    "' OR 1=1 --",
  ),
);
const plausibleText = fc.constantFrom(
  ...[person.password, `new.${person.email}`, bystander.email, bystander.username, bystander.identifier, '127.0.0.1', '10.0.0.0/8'],
  ...[
    '127.0.0.1/33',
    '010.0.0.1',
    '::1',
    '0x7f000001',
    '1-2',
    '* *',
    line,
    '-----BEGIN PUBLIC KEY-----',
    'ssh-rsa AAAA',
    '123456',
    '٠١٢٣٤٥',
  ],
);
const text = fc.oneof({ arbitrary: anyText, weight: 2 }, { arbitrary: plausibleText, weight: 3 }).map((value) => JSON.stringify(value));
const rawNumber = fc.constantFrom('0', '-0', '1e999', '-1e999', '9'.repeat(400), '0.1e-400', '9007199254740993', '1.5', '-1', '123456');
const { raw: anyJson } = fc.letrec<{ raw: string; list: string; object: string }>((tie) => ({
  raw: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: text, weight: 6 },
    { arbitrary: fc.constantFrom('null', 'true', 'false', '""', '[]', '{}'), weight: 2 },
    { arbitrary: rawNumber, weight: 2 },
    { arbitrary: tie('list'), weight: 2 },
    { arbitrary: tie('object'), weight: 1 },
  ),
  list: fc.oneof(
    fc.array(tie('raw'), { maxLength: 6 }).map((items) => `[${items.join(',')}]`),
    fc.tuple(tie('raw'), fc.integer({ min: 1, max: 100 })).map(([item, times]) => `[${Array(times).fill(item).join(',')}]`),
  ),
  object: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString', '0', '', 'a.b'), anyText), tie('raw')), {
      maxLength: 4,
    })
    .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
}));

const fieldNames = [
  'email',
  'username',
  'password',
  'current_password',
  'password_confirmation',
  'code',
  'description',
  'allowed_ips',
].concat(['name', 'public_key', 'fingerprint', '_method', '__proto__', 'constructor', 'page', 'per_page', 'sort', 'include', 'filter']);
const fieldName = fc.oneof({ arbitrary: fc.constantFrom(...fieldNames), weight: 8 }, { arbitrary: anyText, weight: 1 });
const password = JSON.stringify(person.password);
/** An object of fields, some of them repeated, mostly with the correct password, so that the checks after it are reached. */
const jsonObject = fc
  .tuple(fc.array(fc.tuple(fieldName, anyJson), { maxLength: 7 }), fc.integer({ min: 0, max: 3 }))
  .map(([entries, kind]) => {
    const fields = entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`);
    const opening = kind === 0 ? [] : [`"password":${password}`, ...(kind === 1 ? [] : [`"current_password":${password}`])];
    return `{${(kind === 3 ? [...opening, ...fields] : [...fields, ...opening]).join(',')}}`;
  });
const brokenJson = fc
  .tuple(jsonObject, fc.nat(), fc.constantFrom('', '"', '\\', '{', ']', ',', '\0', 'NaN', "'", '\u2028'))
  .map(([whole, at, inserted]) => `${whole.slice(0, at % (whole.length + 1))}${inserted}${whole.slice((at % (whole.length + 1)) + 1)}`);
const formText = fc
  .array(
    fc.tuple(
      fieldName,
      fc.constantFrom('', '[]', '[0]', '[a]', '[][]', '[__proto__]', '[', ']', '[event]', '[[]]'),
      fc.oneof(anyText, plausibleText),
    ),
  )
  .map((entries) => entries.map(([name, keys, value]) => `${encode(name)}${keys}=${encode(value)}`).join('&'));
const body = fc.oneof(
  { arbitrary: jsonObject, weight: 8 },
  { arbitrary: anyJson, weight: 2 },
  { arbitrary: brokenJson, weight: 2 },
  { arbitrary: formText, weight: 2 },
  { arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array(bytes)), weight: 1 },
  { arbitrary: fc.constant(''), weight: 1 },
);
const type = fc.oneof(
  { arbitrary: fc.constant('application/json'), weight: 8 },
  { arbitrary: fc.constant('application/x-www-form-urlencoded'), weight: 3 },
  {
    arbitrary: fc.constantFrom('', 'application/json; charset=utf8', 'text/json', 'x+json', 'multipart/form-data', 'text/plain'),
    weight: 2,
  },
  { arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), weight: 1 },
);
const query = fc.oneof(
  { arbitrary: fc.constant(''), weight: 3 },
  { arbitrary: formText.map((fields) => `?${fields}`), weight: 2 },
  {
    arbitrary: fc
      .array(
        fc.tuple(
          fc.constantFrom('page', 'per_page', 'sort', 'include', 'filter[event]', 'filter', 'filter[x]', 'type'),
          fc.oneof(rawNumber, anyText, fc.constantFrom('timestamp', '-timestamp', 'actor', 'user', ',')),
        ),
      )
      .map((entries) => `?${entries.map(([name, value]) => `${name}=${encode(value)}`).join('&')}`),
    weight: 3,
  },
  // A request target contains no space: HTTP ends it there.
  { arbitrary: fc.string({ maxLength: 40 }).map((raw) => `?${raw.replaceAll(' ', '')}`), weight: 1 },
);
const parameter = fc.oneof(
  anyText.map(encode),
  plausibleText.map(encode),
  fc.array(anyText.map(encode), { minLength: 2, maxLength: 3 }).map((segments) => segments.join('/')),
  fc.constantFrom('%', '%00', '%ff', '%2F', '..%2f', '+', 'SHA256:', `ptlc_${'x'.repeat(11)}`),
);
const override = fc.oneof(
  { arbitrary: fc.constant(null), weight: 8 },
  { arbitrary: fc.constantFrom('PUT', 'DELETE', 'GET', 'x'), weight: 1 },
);

function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

type Request = { body: string | Uint8Array; type: string; query: string; parameter: string; override: string | null };

async function ask({ method, path }: Route, request: Request) {
  const headers = {
    authorization: `Bearer ${person.token}`,
    'content-type': request.type,
    ...(request.override === null ? {} : { 'x-http-method-override': request.override }),
  };
  const at = `/api/client${path.replace(/\{\w+\}/, () => request.parameter)}${request.query}`;
  const response = await gateway.fetch(at, { method, headers, ...(method === 'GET' ? {} : { body: request.body as BodyInit }) });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** Expects that an answer is not a fault, and that a refusal has the envelope and changes nothing. */
async function expectHarmless({ status, type: answered, text: said }: Awaited<ReturnType<typeof ask>>): Promise<void> {
  counts.requests += 1;
  expect(status, said).toBeLessThan(500);
  const rows = await readRows();
  if (status >= 400) {
    counts.refused += 1;
    expect(answered).toBe('application/json');
    const { errors, ...others } = JSON.parse(said);
    expect([others, errors.length > 0]).toEqual([{}, true]);
    for (const error of errors)
      expect(error).toMatchObject({ code: expect.any(String), status: String(status), detail: expect.any(String) });
    expect(rows).toBe(original);
    return;
  }
  if (status === 204) expect([said, answered]).toEqual(['', null]);
  else expect([typeof JSON.parse(said), answered]).toEqual(['object', 'application/json']);
  if (rows !== original) await restore();
}

describe('generated requests', () => {
  test.each(routes)('of $method $path never fail, and a refusal changes nothing', async (route) => {
    const request = fc.record({ body, type, query, parameter, override });
    const property = fc.asyncProperty(request, async (generated) => expectHarmless(await ask(route, generated)));
    await fc.assert(property, { numRuns: runsPerRoute, seed, endOnFailure: true });
  });

  test('with a wrong type in a field are a 4xx in the envelope', async () => {
    const wrong: unknown[] = [null, true, 0, 1e308, [], {}, [[]], [{ a: 1 }], { a: ['b'] }, { toString: 'x' }, ['x'], '\0', '\ud800'];
    for (const route of routes.filter(({ input }) => input !== undefined)) {
      for (const field of Object.keys(route.example ?? {})) {
        for (const value of wrong) {
          const valid = { ...route.example, password: person.password, current_password: person.password, code: '000000' };
          const sent = JSON.stringify({ ...valid, email: `new.${person.email}`, [field]: value });
          const answer = await ask(route, { body: sent, type: 'application/json', query: '', parameter: '', override: null });
          await expectHarmless(answer);
        }
      }
    }
  });
});

describe('bad input is a 4xx in the envelope, and nothing changes', () => {
  const json = 'application/json';
  const key = (ips: unknown) => JSON.stringify({ description: 'x', allowed_ips: ips });
  const refusals: [string, string, string, string | Uint8Array, number][] = [
    ['malformed JSON', 'POST', '/account/api-keys', '{"description":', 400],
    ['invalid UTF-8', 'POST', '/account/api-keys', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400],
    ['a body of 300 KiB', 'POST', '/account/api-keys', JSON.stringify({ description: 'x'.repeat(300 * 1024) }), 413],
    ['a key that comes twice', 'POST', '/account/api-keys', '{"description":"x","description":null}', 422],
    ['__proto__', 'POST', '/account/api-keys', '{"__proto__":{"description":"x"}}', 422],
    ['127.0.0.1/33', 'POST', '/account/api-keys', key(['127.0.0.1/33']), 422],
    ['::1/129', 'POST', '/account/api-keys', key(['::1/129']), 422],
    ['010.0.0.1', 'POST', '/account/api-keys', key(['010.0.0.1']), 422],
    ['127.1', 'POST', '/account/api-keys', key(['127.1']), 422],
    ['0x7f000001', 'POST', '/account/api-keys', key(['0x7f000001']), 422],
    ['a netmask with a gap', 'POST', '/account/api-keys', key(['10.0.0.0 255.0.255.0']), 422],
    ['a range that runs back', 'POST', '/account/api-keys', key(['10.0.0.9-10.0.0.1']), 422],
    ['a list in a list', 'POST', '/account/api-keys', key([['127.0.0.1']]), 422],
    ['lists without end', 'POST', '/account/api-keys', `{"description":"x","allowed_ips":${'['.repeat(500)}${']'.repeat(500)}}`, 422],
    ['51 addresses', 'POST', '/account/api-keys', key(Array(51).fill('127.0.0.1')), 422],
    ['100,000 addresses', 'POST', '/account/api-keys', key(Array(100_000).fill(0)), 422],
    ['a NUL', 'POST', '/account/api-keys', JSON.stringify({ description: 'a\0b' }), 422],
    ['half a surrogate pair', 'POST', '/account/api-keys', '{"description":"\\ud800"}', 422],
    ['a password that is an object', 'PUT', '/account/email', JSON.stringify({ email: 'a@b.c', password: { a: 1 } }), 422],
    ['a password that is a list', 'PUT', '/account/password', JSON.stringify({ current_password: [person.password] }), 422],
    ['a password with a NUL', 'PUT', '/account/email', JSON.stringify({ email: 'a@b.c', password: `${person.password}\0` }), 400],
    [
      'a new password with a NUL',
      'PUT',
      '/account/password',
      JSON.stringify({ current_password: person.password, password: 'a\0bcdefgh', password_confirmation: 'a\0bcdefgh' }),
      422,
    ],
    ['a code before any setup', 'POST', '/account/two-factor/disable', JSON.stringify({ password: { $ne: null } }), 422],
    ['a public key that is a list', 'POST', '/account/ssh-keys', JSON.stringify({ name: 'x', public_key: [line] }), 422],
    [
      'a public key of 200 KiB',
      'POST',
      '/account/ssh-keys',
      JSON.stringify({ name: 'x', public_key: `${line}${' '.repeat(200_000)}x` }),
      422,
    ],
    ['a fingerprint that is a list', 'POST', '/account/ssh-keys/remove', JSON.stringify({ fingerprint: ['x'] }), 422],
  ];

  test.each(refusals)('%s', async (_name, method, path, sent, status) => {
    const route = { method, path } as Route;
    const answer = await ask(route, { body: sent, type: json, query: '', parameter: '', override: null });
    expect([answer.status, answer.text.length < 10_000]).toEqual([status, true]);
    await expectHarmless(answer);
  });
});
