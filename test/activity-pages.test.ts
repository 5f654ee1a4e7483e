import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();

type Page = { edges: { cursor: string; node: Record<string, unknown> }[]; pageInfo: Record<string, unknown> };

async function ask(person: Person, pageArguments: Record<string, unknown>) {
  return gateway.graphql(
    `query ($first: Int, $last: Int, $after: String, $before: String, $event: String) {
      viewer { activity(first: $first, last: $last, after: $after, before: $before, event: $event) {
        edges { cursor node { id event properties } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
    pageArguments,
    person,
  );
}

async function page(person: Person, pageArguments: Record<string, unknown> = {}): Promise<Page> {
  const answer = await ask(person, pageArguments);
  expect(answer.errors).toBeUndefined();
  return answer.data.viewer.activity;
}

/** A person with the row of the API key and a number of further rows, numbered in order. */
async function createBusyPerson(rows: number): Promise<Person> {
  const person = await gateway.createPerson();
  const data = Array.from({ length: rows }, (_, index) => ({
    accountId: person.id,
    actorId: person.id,
    event: index % 2 ? 'user:ssh-key.create' : 'user:ssh-key.delete',
    properties: { number: index },
    occurredAt: gateway.clock.now(),
  }));
  await gateway.db.activity.createMany({ data });
  return person;
}

const encode = (text: string) => Buffer.from(text).toString('base64');

describe('pages of activity', () => {
  test('follow one another, newest first, without gaps or duplicates', async () => {
    const person = await createBusyPerson(9);
    const seen: unknown[] = [];
    let after: unknown;
    for (const [size, hasNextPage] of [
      [4, true],
      [4, true],
      [4, false],
    ] as const) {
      const { edges, pageInfo } = await page(person, { first: size, after });
      seen.push(...edges.map(({ node }) => node['id']));
      expect([pageInfo['hasNextPage'], pageInfo['endCursor']]).toEqual([hasNextPage, edges.at(-1)?.cursor]);
      after = pageInfo['endCursor'];
    }
    const whole = (await page(person, { first: 100 })).edges;
    expect(seen).toEqual(whole.map(({ node }) => node['id']));
    expect(whole[0]?.node['properties']).toEqual({ number: 8 });
    expect(whole.at(-1)?.node['event']).toBe('user:api-key.create');
  });

  test('do not change when an event occurs between them', async () => {
    const person = await createBusyPerson(4);
    const { pageInfo } = await page(person, { first: 2 });
    await gateway.mutate('createApiKey', { description: 'meanwhile' }, 'token', person);
    const next = await page(person, { first: 2, after: pageInfo['endCursor'] });
    expect(next.edges.map(({ node }) => node['properties'])).toEqual([{ number: 1 }, { number: 0 }]);
  });

  test('have 25 rows by default, and at most 100', async () => {
    const person = await createBusyPerson(120);
    expect((await page(person)).edges).toHaveLength(25);
    expect((await page(person, { first: 100 })).edges).toHaveLength(100);
    for (const first of [101, 1_000_000, 2_147_483_647]) {
      const { status, data, errors } = await ask(person, { first });
      expect([status, data, errors?.[0]?.extensions]).toEqual([
        400,
        undefined,
        { code: 'BAD_REQUEST', limit: 'page size', found: first, allowed: 100 },
      ]);
    }
    expect((await page(person, { first: 0 })).edges).toHaveLength(0);
  });

  test('can be filtered by event', async () => {
    const person = await createBusyPerson(6);
    const { edges } = await page(person, { event: 'user:ssh-key.create' });
    expect(edges.map(({ node }) => node['event'])).toEqual(Array(3).fill('user:ssh-key.create'));
    for (const event of ['user:ssh-key', '%', '', '\0', 'user:ssh-key.create\0', "' OR 1=1 --", '\ud800'])
      expect((await page(person, { event })).edges).toEqual([]);
  });

  test.each([
    ['a text that is not a cursor', 'x'],
    ['a cursor of another type', encode('GPC:S:a')],
    ['a date', encode('GPC:D:123')],
    ['JSON', encode('GPC:J:[]')],
    ['a negative number', encode('GPC:I:-1')],
    ['a number past 64 bits', encode('GPC:I:99999999999999999999')],
    ['a number with an exponent', encode('GPC:I:1e3')],
    ['SQL', encode("GPC:I:1' OR 1=1 --")],
    ['NUL', encode('GPC:I:\0')],
    ['a hundred thousand letters', 'A'.repeat(100_000)],
  ])('after %s are BAD_REQUEST', async (_name, cursor) => {
    const person = await createBusyPerson(1);
    for (const pageArguments of [{ after: cursor }, { last: 1, before: cursor }]) {
      const answer = await ask(person, pageArguments);
      expect(answer.errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_REQUEST']);
      expect(JSON.stringify(answer.errors)).not.toMatch(/prisma|invocation|bigint/i);
    }
  });

  test.each([{ first: -1 }, { last: -1 }, { first: -2_147_483_648 }, { first: 2_147_483_648 }, { first: 1.5 }, { first: '1' }])(
    'of %j are BAD_REQUEST',
    async (pageArguments) => {
      const answer = await ask(await createBusyPerson(1), pageArguments);
      expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
    },
  );

  test('have no row of another account, also after one of its cursors', async () => {
    const [owner, other] = [await createBusyPerson(5), await createBusyPerson(2)];
    const own = (await page(other, { first: 100 })).edges.map(({ node }) => node['id']);
    const foreign = (await page(owner, { first: 100 })).edges;
    for (const { cursor } of foreign) {
      const { edges } = await page(other, { after: cursor });
      for (const { node } of edges) expect(own).toContain(node['id']);
    }
    const byRest = await gateway.rest('GET', '/account/activity', other);
    expect([byRest.status, byRest.body.data.length]).toEqual([200, own.length]);
  });

  test('begin at the start after an empty cursor, and stop at the end before an empty one', async () => {
    const person = await createBusyPerson(3);
    const whole = (await page(person)).edges;
    expect((await page(person, { first: 2, after: '' })).edges).toEqual(whole.slice(0, 2));
    expect((await page(person, { last: 2, before: '' })).edges).toEqual(whole.slice(-2));
  });

  test('are the last rows of the first ones with both arguments, and are between two cursors', async () => {
    const person = await createBusyPerson(9);
    const whole = (await page(person, { first: 100 })).edges;
    const cursorOf = (index: number) => whole[index]?.cursor;
    expect((await page(person, { first: 2, last: 2 })).edges).toEqual(whole.slice(0, 2));
    const { edges, pageInfo } = await page(person, { first: 5, last: 2 });
    expect([edges, pageInfo['hasPreviousPage'], pageInfo['hasNextPage']]).toEqual([whole.slice(3, 5), true, true]);
    expect((await page(person, { first: 2, before: cursorOf(5) })).edges).toEqual(whole.slice(0, 2));
    expect((await page(person, { first: 9, after: cursorOf(1), before: cursorOf(5) })).edges).toEqual(whole.slice(2, 5));
    expect((await page(person, { last: 2, after: cursorOf(1), before: cursorOf(5) })).edges).toEqual(whole.slice(3, 5));
    expect((await page(person, { first: 3, before: cursorOf(1) })).edges).toEqual(whole.slice(0, 1));
  });

  test('miss no row after or before a cursor whose row is of another event or pruned', async () => {
    const person = await createBusyPerson(9);
    const whole = (await page(person, { first: 100 })).edges;
    const [other] = whole.filter(({ node }) => node['event'] === 'user:ssh-key.delete');
    const created = whole.filter(({ node }) => node['event'] === 'user:ssh-key.create');
    const found = await page(person, { first: 2, after: other?.cursor, event: 'user:ssh-key.create' });
    expect(found.edges).toEqual(created.slice(0, 2));
    const pruned = whole.at(-1);
    await gateway.db.activity.delete({
      where: {
        id: BigInt(
          Buffer.from(pruned?.cursor ?? '', 'base64')
            .toString()
            .slice(6),
        ),
      },
    });
    expect((await page(person, { last: 10, before: pruned?.cursor })).edges).toEqual(whole.slice(0, -1));
  });

  test('of an empty event have no rows, beside a page of all events in the same request', async () => {
    const person = await createBusyPerson(2);
    const query = '{ viewer { none: activity(event: "") { edges { cursor } } all: activity { edges { cursor } } } }';
    const { none, all } = (await gateway.graphql(query, {}, person)).data.viewer;
    expect([none.edges.length, all.edges.length]).toEqual([0, 3]);
  });

  test('show the address and the user agent of events that the account itself caused, and of no others', async () => {
    const person = await gateway.createPerson();
    const what = { event: 'user:two-factor.delete', ip: '192.0.2.7', userAgent: 'panel/1', occurredAt: gateway.clock.now() };
    await gateway.db.activity.createMany({
      data: [person.id, null, person.id + 1].map((actorId) => ({ ...what, accountId: person.id, actorId })),
    });
    const query = '{ viewer { activity(event: "user:two-factor.delete") { edges { node { ip userAgent } } } } }';
    const { edges } = (await gateway.graphql(query, {}, person)).data.viewer.activity;
    const hidden = { ip: null, userAgent: null };
    expect(edges.map(({ node }: { node: unknown }) => node)).toEqual([hidden, hidden, { ip: '192.0.2.7', userAgent: 'panel/1' }]);
  });
});
