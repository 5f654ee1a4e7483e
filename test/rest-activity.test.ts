import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();
const activity = (person: Person, query = '') => gateway.rest('GET', `/account/activity${query}`, person);

/** An account with a number of rows of activity. The first is the creation of its API key. */
async function createBusyPerson(rows: number, overrides: Parameters<typeof gateway.createPerson>[0] = {}): Promise<Person> {
  const person = await gateway.createPerson(overrides);
  const data = Array.from({ length: rows - 1 }, (_, index) => ({
    accountId: person.id,
    actorId: person.id,
    event: index % 2 ? 'user:ssh-key.create' : 'user:account.email-changed',
    ip: '192.0.2.9',
    properties: { number: index + 1 },
    occurredAt: gateway.clock.now(),
  }));
  await gateway.db.activity.createMany({ data });
  return person;
}

type Row = { attributes: { event: string; ip: string | null; properties: Record<string, unknown>; relationships?: unknown } };
const numbers = (rows: Row[]) => rows.map(({ attributes }) => attributes.properties['number'] ?? 0);

describe('the activity of an account', () => {
  test('is listed in full, oldest first', async () => {
    const person = await gateway.createPerson();
    const { email } = person;
    await gateway.rest('PUT', '/account/email', {
      ...person,
      body: { email: `new.${email}`, password: person.password },
      peer: '192.0.2.9',
    });
    const { status, body } = await activity(person);
    const rows = await gateway.db.activity.findMany({ where: { accountId: person.id }, orderBy: { id: 'asc' } });
    const id = (index: number) => createHash('sha1').update(String(rows[index]?.id)).digest('hex');
    const same = { batch: null, description: null, has_additional_metadata: false, timestamp: '2026-03-01T12:00:00+00:00' };
    expect([status, body]).toEqual([
      200,
      {
        object: 'list',
        data: [
          {
            object: 'activity_log',
            attributes: {
              ...same,
              id: id(0),
              event: 'user:api-key.create',
              is_api: false,
              ip: null,
              properties: { identifier: person.identifier, by: 'operator' },
            },
          },
          {
            object: 'activity_log',
            attributes: {
              ...same,
              id: id(1),
              event: 'user:account.email-changed',
              is_api: true,
              ip: '192.0.2.9',
              properties: { old: email, new: `new.${email}` },
            },
          },
        ],
        meta: { pagination: { total: 2, count: 2, per_page: 25, current_page: 1, total_pages: 1, links: {} } },
      },
    ]);
  });

  test('has pages whose links keep the parameters of the request, with the page last', async () => {
    const person = await createBusyPerson(7);
    const query = '?page=2&per_page=3&sort=timestamp&filter[event]=user&x=%C3%A9';
    const { data, meta } = (await activity(person, query)).body;
    expect(numbers(data)).toEqual([3, 4, 5]);
    const kept = 'http://gateway.test/api/client/account/activity?per_page=3&sort=timestamp&filter%5Bevent%5D=user&x=%C3%A9';
    const links = { previous: `${kept}&page=1`, next: `${kept}&page=3` };
    expect(meta.pagination).toEqual({ total: 7, count: 3, per_page: 3, current_page: 2, total_pages: 3, links });
    const { pathname, search } = new URL(links.next);
    const next = await gateway
      .fetch(pathname + search, { headers: { authorization: `Bearer ${person.token}` } })
      .then((answer) => answer.json());
    expect(numbers(next.data)).toEqual([6]);
    expect(Object.keys(next.meta.pagination.links)).toEqual(['previous']);
    const beyond = (await activity(person, '?page=9&per_page=3')).body;
    expect([beyond.data, beyond.meta.pagination.current_page, beyond.meta.pagination.total]).toEqual([[], 9, 7]);
    expect(Object.keys(beyond.meta.pagination.links)).toEqual(['previous']);
  });

  test.each([
    ['', 25],
    ['per_page=', 25],
    ['per_page=0', 15],
    ['per_page=1.5', 1],
    ['per_page=100', 100],
    ['per_page=1000', 100],
    ['per_page=1e9', 100],
    ['per_page=abc', 100],
    ['per_page[]=1', 100],
    ['per_page[a]=1', 100],
  ])('has the size that the panel gives a page asked by %j', async (query, perPage) => {
    const { body } = await activity(await gateway.createPerson(), `?${query}`);
    expect(body.meta.pagination.per_page).toBe(perPage);
  });

  test.each(['-1', '-0.1e1', '-99999999999999999999', '-Infinity'])(
    'refuses a page of %s items, where the panel fails',
    async (perPage) => {
      const refused = await activity(await gateway.createPerson(), `?per_page=${perPage}`);
      const meta = { source_field: 'per_page', rule: 'min' };
      const error = { code: 'ValidationException', status: '422', detail: 'The per page must be at least 0.', meta };
      expect([refused.status, refused.body]).toEqual([422, { errors: [error] }]);
    },
  );

  test.each(['page=0', 'page=-1', 'page=abc', 'page=1.5', 'page=1e1', 'page=0x2', 'page[]=2', 'page='])(
    'starts at the first page for %j',
    async (query) => {
      const { body } = await activity(await createBusyPerson(3), `?${query}&per_page=1`);
      expect([body.meta.pagination.current_page, numbers(body.data)]).toEqual([1, [0]]);
    },
  );

  test('is empty on every page after the last one', async () => {
    for (const page of ['999999', '9'.repeat(16), '9'.repeat(400)]) {
      const { status, body } = await activity(await createBusyPerson(2), `?page=${page}&per_page=100`);
      expect([status, body.data, body.meta.pagination.count, body.meta.pagination.total]).toEqual([200, [], 0, 2]);
    }
  });

  test('is sorted by time only', async () => {
    const person = await createBusyPerson(4);
    expect(numbers((await activity(person, '?sort=timestamp')).body.data)).toEqual([0, 1, 2, 3]);
    expect(numbers((await activity(person, '?sort=-timestamp')).body.data)).toEqual([3, 2, 1, 0]);
    const refused = await activity(person, '?sort=-id');
    const detail = 'Requested sort(s) `id` is not allowed. Allowed sort(s) are `timestamp`.';
    expect([refused.status, refused.body]).toEqual([400, { errors: [{ code: 'InvalidSortQuery', status: '400', detail }] }]);
  });

  test('is filtered by a part of the event without regard to case, where a percent sign is literal', async () => {
    const person = await createBusyPerson(5);
    const found = async (filter: string) => numbers((await activity(person, `?filter[event]=${encodeURIComponent(filter)}`)).body.data);
    expect(await found('EMAIL')).toEqual([1, 3]);
    expect(await found('email,ssh-key')).toEqual([1, 2, 3, 4]);
    expect(await found('')).toEqual([0, 1, 2, 3, 4]);
    for (const none of ['%', '_', 'user%created', '\\', 'user:\0nothing', "' OR 1=1 --"])
      expect([none, await found(none)]).toEqual([none, []]);
    const refused = await activity(person, '?filter[foo]=x&filter[event]=y');
    const detail = 'Requested filter(s) `foo` are not allowed. Allowed filter(s) are `event`.';
    expect([refused.status, refused.body]).toEqual([400, { errors: [{ code: 'InvalidFilterQuery', status: '400', detail }] }]);
  });

  test.each(['%00', 'email%00-changed', '%00,%00'])('has no event with a NUL in its name: %s', async (filter) => {
    const person = await createBusyPerson(4);
    expect((await activity(person, `?filter[event]=${filter}`)).body.data).toEqual([]);
  });

  test('is filtered by at most ten parts of events', async () => {
    const person = await createBusyPerson(5);
    expect(numbers((await activity(person, `?filter[event]=email${',,x'.repeat(9)},`)).body.data)).toEqual([1, 3]);
    const list = Array.from({ length: 11 }, (_, index) => `filter[event][${index}]=x`).join('&');
    for (const query of [`filter[event]=${'a,'.repeat(11)}`, `filter[event]=${'a,'.repeat(500)}`, list]) {
      const refused = await activity(person, `?${query}`);
      const meta = { source_field: 'filter.event', rule: 'max' };
      const detail = 'The filter.event may not have more than 10 items.';
      expect([refused.status, refused.body]).toEqual([422, { errors: [{ code: 'ValidationException', status: '422', detail, meta }] }]);
    }
    const long = await activity(person, `?filter[event]=${'user:'.repeat(200)}`);
    expect([long.status, long.body.data]).toEqual([200, []]);
    const tooLong = await activity(person, `?filter[event]=${'a,'.repeat(6_000)}`);
    expect([tooLong.status, tooLong.body.errors[0].detail]).toEqual([422, 'The filter may not be greater than 1024 characters.']);
  });

  // The panel's own page sends the list form.
  test.each(['[]', '[0]', '[7]', '[a]', '[a][b]'])(
    'reads a list with the keys of `include%s` wherever it reads a comma list',
    async (keys) => {
      const person = await createBusyPerson(4);
      const isRead = keys !== '[a][b]';
      const [included] = (await activity(person, `?include${keys}=actor`)).body.data;
      expect('relationships' in included.attributes).toBe(isRead);
      expect(numbers((await activity(person, `?sort${keys}=-timestamp`)).body.data)).toEqual(isRead ? [3, 2, 1, 0] : [0, 1, 2, 3]);
      expect(numbers((await activity(person, `?filter[event]${keys}=EMAIL`)).body.data)).toEqual(isRead ? [1, 3] : [0, 1, 2, 3]);
      expect((await activity(person, `?sort${keys}=id`)).status).toBe(isRead ? 400 : 200);
    },
  );

  test('reads a list of several entries, which can be comma lists', async () => {
    const person = await createBusyPerson(5);
    const query = 'include[]=foo&include[]=bar,actor&sort[3]=-timestamp&filter[event][]=email&filter[event][x]=ssh-key,foo';
    const { data, meta } = (await activity(person, `?${query}&per_page=2`)).body;
    expect(numbers(data)).toEqual([4, 3]);
    expect(data[0].attributes.relationships.actor.object).toBe('user');
    const [path, next] = meta.pagination.links.next.split('?');
    expect(path).toContain('/account/activity');
    const following = (await activity(person, `?${next}`)).body.data;
    expect([numbers(following), 'relationships' in following[0].attributes]).toEqual([[2, 1], true]);
  });

  test('includes the account that acted for `actor`, and nothing for other values', async () => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    await gateway.db.activity.create({ data: { accountId: person.id, event: 'auth:fail', occurredAt: gateway.clock.now() } });
    const { data } = (await activity(person, '?include=foo,actor')).body;
    const { uuid, username, email } = person;
    const image = `https://gravatar.com/avatar/${createHash('md5').update(email).digest('hex')}`;
    const attributes = { uuid, username, email, image, '2fa_enabled': true, created_at: '2026-03-01T12:00:00+00:00' };
    const actors = data.map((row: Row) => (row.attributes.relationships as { actor: unknown }).actor);
    // The operator created the key. The account caused the later events.
    expect(actors[0]).toEqual({ object: 'null_resource', attributes: null });
    expect(actors[1]).toEqual({ object: 'user', attributes });
    expect(actors.at(-1)).toEqual({ object: 'null_resource', attributes: null });
    expect((await activity(person, '?include=foo')).body.data[0].attributes).not.toHaveProperty('relationships');
  });

  test.each([
    [false, null],
    [true, '198.51.100.7'],
  ])('hides the address of another caller; an administrator (%s) sees it in the row, and not in its properties', async (admin, ip) => {
    const person = await gateway.createPerson({ admin });
    const properties = { ip: '198.51.100.7', useragent: 'curl', username: person.username };
    const row = { accountId: person.id, event: 'auth:fail', ip: '198.51.100.7', properties, occurredAt: gateway.clock.now() };
    await gateway.db.activity.create({ data: row });
    const [failed] = (await activity(person, '?filter[event]=auth:fail')).body.data;
    expect(failed.attributes).toMatchObject({
      ip,
      is_api: false,
      has_additional_metadata: true,
      properties: { ...properties, ip: '[hidden]' },
    });
    const own = { ...row, actorId: person.id, event: 'auth:success' };
    await gateway.db.activity.create({ data: own });
    const [succeeded] = (await activity(person, '?filter[event]=auth:success')).body.data;
    expect(succeeded.attributes).toMatchObject({ ip: '198.51.100.7', properties });
  });

  test('does not contain rows of another account', async () => {
    const [person, other] = [await createBusyPerson(3), await createBusyPerson(4, { admin: true })];
    expect((await activity(person)).body.meta.pagination.total).toBe(3);
    expect((await activity(other)).body.meta.pagination.total).toBe(4);
  });
});
