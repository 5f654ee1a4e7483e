import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();

type Operation = { query: string; variables?: object };

async function send(operations: unknown, { token, headers }: { token?: string; headers?: Record<string, string> } = {}, at = gateway) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await at.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body: JSON.stringify(operations),
  });
  const answer = await response.json();
  return { status: response.status, headers: response.headers, answer, codes: [answer].flat().map(codeOf) };
}

const codeOf = ({ errors }: { errors?: { extensions: { code: string } }[] }) => errors?.[0]?.extensions.code ?? null;
const viewer: Operation = { query: '{ viewer { profile { username } } }' };
const signIn = ({ username, password }: Person): Operation => ({
  query: 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }',
  variables: { input: { login: username, password } },
});

describe('a batch', () => {
  test('is answered in its order, with one answer per operation', async () => {
    const person = await gateway.createPerson();
    const create = {
      query: 'mutation { createApiKey(input: { description: "b" }) { ... on CreateApiKeyPayload { apiKey { description } } } }',
    };
    const { status, answer } = await send([viewer, { query: '{ hodor }' }, create, 5, { query: '{ __typename }' }], person);
    expect(status).toBe(200);
    expect(answer).toEqual([
      { data: { viewer: { profile: { username: person.username } } } },
      { errors: [expect.objectContaining({ extensions: { code: 'BAD_REQUEST' } })] },
      { data: { createApiKey: { apiKey: { description: 'b' } } } },
      { errors: [expect.objectContaining({ extensions: { code: 'BAD_REQUEST' } })] },
      { data: { __typename: 'Query' } },
    ]);
  });

  // Ten operations of the maximum cost held the event loop for a fifth of a second.
  test('may cost as much as one operation', async () => {
    const person = await gateway.createPerson();
    const pages = Array.from(
      { length: 9 },
      (_, n) => `a${n}: activity(first: 100) { edges { cursor node { id event ip userAgent occurredAt properties } } }`,
    ).join(' ');
    const half = { query: `{ viewer { ${pages} } }` };
    const { codes, answer } = await send([half, half, half, viewer], person);
    expect(codes).toEqual([null, null, 'BAD_REQUEST', null]);
    expect(answer[2].errors[0].extensions).toMatchObject({ limit: 'cost', allowed: 20_000 });
  });

  test('has one to ten operations', async () => {
    expect((await send(Array(10).fill(viewer))).status).toBe(200);
    const { status, answer } = await send(Array(11).fill(viewer));
    expect([status, answer]).toEqual([
      400,
      {
        errors: [
          {
            message: 'Limit of batch size exceeded: 11 asked for, 10 allowed.',
            extensions: { code: 'BAD_REQUEST', limit: 'batch size', found: 11, allowed: 10 },
          },
        ],
      },
    ]);
    expect((await send([])).status).toBe(400);
    const wide = await startGateway({ env: { LIMIT_BATCH_SIZE: '0' }, db: gateway.db });
    expect((await send(Array(30).fill(viewer), {}, wide)).status).toBe(200);
  });

  test('has the status of all its operations, or 200 where they differ', async () => {
    const wrong = `ptlc_${'w'.repeat(43)}`;
    // The body of a caller with a wrong key is not read, so the answer is one.
    expect(await send([viewer, viewer], { token: wrong })).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
    const needsAccount = { query: 'mutation { deleteApiKey(input: { identifier: "x" }) { __typename } }' };
    expect(await send([needsAccount, needsAccount])).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED', 'UNAUTHENTICATED'] });
    expect(await send([needsAccount, viewer])).toMatchObject({ status: 200, codes: ['UNAUTHENTICATED', null] });
    // An invalid document is 400 only where the answer is not plain JSON, as without a batch.
    const faulty = [{ query: '{' }, { query: '{ hodor }' }];
    expect((await send(faulty)).status).toBe(200);
    expect((await send(faulty, { headers: { accept: 'application/graphql-response+json' } })).status).toBe(400);
  });

  test('of one operation is answered as an array of one', async () => {
    expect((await send([viewer])).answer).toEqual([{ data: { viewer: null } }]);
  });

  test('counts each of its operations as a request, and executes those within the limit', async () => {
    const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '6' }, db: gateway.db });
    const person = await few.createPerson();
    expect((await send(Array(4).fill(viewer), person, few)).codes).toEqual([null, null, null, null]);
    const { status, codes } = await send(Array(4).fill(viewer), person, few);
    expect([status, codes.sort()]).toEqual([200, ['RATE_LIMITED', 'RATE_LIMITED', null, null].sort()]);
    const refused = await send([viewer, viewer], person, few);
    expect([refused.status, refused.codes]).toEqual([429, ['RATE_LIMITED']]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('that is refused as a whole counts as a request', async () => {
    const few = await startGateway({ env: { LIMIT_REQUESTS_PER_MINUTE: '3' }, db: gateway.db });
    const statuses = [];
    for (const batch of [[], Array(11).fill(viewer), [], Array(11).fill(viewer)]) statuses.push((await send(batch, {}, few)).status);
    expect(statuses).toEqual([400, 400, 400, 429]);
  });

  test('checks at most one secret, as a document does', async () => {
    const person = await gateway.createPerson();
    const wrong = { ...person, password: 'wrong' };
    const { status, answer, codes } = await send(Array(10).fill(signIn(wrong)), {});
    expect(status).toBe(200);
    expect(answer[0]).toEqual({ data: { signIn: { __typename: 'InvalidCredentials' } } });
    expect(codes).toEqual([null, ...Array(9).fill('BAD_REQUEST')]);
    expect(answer[9].errors[0].extensions).toMatchObject({ limit: 'secrets', allowed: 1 });
    await gateway.settle();
    expect(await gateway.db.activity.count({ where: { accountId: person.id, event: 'auth:fail' } })).toBe(1);
  });

  test('returns the schema at most once', async () => {
    const introspection = { query: '{ __schema { types { name } } }' };
    expect((await send([introspection, viewer, introspection])).codes).toEqual([null, null, 'BAD_REQUEST']);
  });

  test('gives each operation its own context: a sign-in does not change the viewer of the others', async () => {
    const person = await gateway.createPerson();
    const inside = {
      ...signIn(person),
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { viewer { profile { username } } } } }',
    };
    const { answer, headers } = await send([viewer, inside, viewer]);
    expect(answer).toEqual([
      { data: { viewer: null } },
      { data: { signIn: { viewer: { profile: { username: person.username } } } } },
      { data: { viewer: null } },
    ]);
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await send([viewer], { headers: { cookie } })).answer[0].data.viewer.profile.username).toBe(person.username);
  });

  test('contains no batch and no subscription', async () => {
    const person = await gateway.createPerson();
    const subscription = { query: 'subscription { activity { event } }' };
    expect(await send([[viewer]], person)).toMatchObject({ status: 400, codes: ['BAD_REQUEST'] });
    expect(await send([subscription, viewer], person)).toMatchObject({ status: 200, codes: ['BAD_REQUEST', null] });
    expect(gateway.tools.feed.count(person.id)).toBe(0);
  });
});
