import { describe, expect, test, vi } from 'vitest';
import { type Person, startGateway, type TestGateway } from './harness.ts';

const gateway = await startGateway();

const changeByRest = async (person: Person, email: unknown, password = person.password, at: TestGateway = gateway) => {
  const answer = await at.rest('PUT', '/account/email', { ...person, body: { email, password } });
  if (answer.status === 204) return 'changed';
  return answer.status === 422 ? answer.body.errors[0].meta.rule : `${answer.status} ${answer.body.errors[0].code}`;
};
const changeByGraphql = async (person: Person, email: unknown, password = person.password, at: TestGateway = gateway) => {
  const answer = await at.mutate('updateEmail', { email, password }, 'viewer { profile { email } }', person);
  return answer.__typename === 'UpdateEmailPayload' ? 'changed' : (answer.issues?.[0].rule ?? answer.__typename);
};
const apis = [changeByRest, changeByGraphql];

const emailOf = async (person: Person) => (await gateway.rest('GET', '/account', person)).body.attributes.email;
const changes = (person: Person, at: TestGateway = gateway) =>
  at.db.activity.findMany({ where: { accountId: person.id, event: 'user:account.email-changed' }, orderBy: { id: 'asc' } });
const localPart = (person: Person) => person.email.split('@')[0];

describe('an e-mail address', () => {
  test('is checked after the password', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    for (const email of ['not an address', other.email, `new.${person.email}`]) {
      expect(await changeByRest(person, email, 'wrong')).toBe('400 InvalidPasswordProvidedException');
      expect(await changeByGraphql(person, email, 'wrong')).toBe('IncorrectPassword');
    }
    for (const body of [{}, { email: '' }, { email: person.email, password: null }]) {
      expect((await gateway.rest('PUT', '/account/email', { ...person, body })).status).toBe(400);
    }
    expect(await emailOf(person)).toBe(person.email);
  });

  test.each([
    ['a@localhost', true],
    ['a@[127.0.0.1]', true],
    ['"a b"@example.org', true],
    ["o'neill+tag/x=1@sub.example.co.uk", true],
    ['джон@пример.рф', true],
    ['a..b@example.org', false],
    ['.a@example.org', false],
    ['a.@example.org', false],
    ['a@', false],
    ['@example.org', false],
    ['example.org', false],
    ['a@b@example.org', false],
    ['a b@example.org', false],
    ['a@example..org', false],
    ['a@-example.org', false],
    ['a\n@example.org', false],
    ['a@example.org\nBcc: b@example.org', false],
    ['a\0@example.org', false],
    ['"\ud800"@example.org', false],
    ['<a@example.org>', false],
    [`${'a'.repeat(100_000)}@example.org`, false],
  ])('%j is valid: %j', async (email, isAddress) => {
    const unique = (api: string) => (isAddress ? email.replace('@', `${api}@`).replace(`"${api}@`, `${api}"@`) : email);
    for (const [api, change] of apis.entries()) {
      const person = await gateway.createPerson();
      const outcome = await change(person, unique(String(api)));
      expect(outcome === 'changed', `${change.name}: ${outcome}`).toBe(isAddress);
      expect(await emailOf(person)).toBe(isAddress ? unique(String(api)) : person.email);
    }
  });

  test('has at most 191 code points', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    const labels = (letter: string, ...lengths: number[]) => lengths.map((length) => letter.repeat(length)).join('.');
    const longest = (letter: string, length: number) => `${'a'.repeat(60)}@${labels(letter, 40, 40, length - 147)}.org`;
    expect(await changeByRest(person, longest('é', 191))).toBe('changed');
    expect(await changeByGraphql(other, longest('𐐷', 191))).toBe('changed');
    expect([await emailOf(person), await emailOf(other)]).toEqual([longest('é', 191), longest('𐐷', 191)]);
    for (const letter of ['a', 'é', '𐐷']) {
      expect(await changeByRest(person, longest(letter, 192))).toBe('between');
      expect(await changeByGraphql(person, longest(letter, 192))).toBe('max');
    }
  });

  test('is unique without regard to case, in any script, composed or decomposed', async () => {
    const taken = `Jürgen.ÅÄ${Date.now()}@Example.org`;
    const owner = await gateway.createPerson();
    expect(await changeByRest(owner, taken)).toBe('changed');
    for (const spelling of [taken, taken.toLowerCase(), taken.toUpperCase(), taken.normalize('NFD'), `  ${taken} `]) {
      const person = await gateway.createPerson();
      expect(await changeByRest(person, spelling), spelling).toBe('unique');
      expect(await changeByGraphql(person, spelling), spelling).toBe('unique');
      expect(await changes(person)).toEqual([]);
    }
    await expect(gateway.createPerson({ email: taken.toUpperCase() })).rejects.toMatchObject({ issues: [{ rule: 'unique' }] });
  });

  test('is given to one of the accounts that request it at once; the others are refused as not unique', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => gateway.createPerson()));
    const wanted = `wanted.${Date.now()}@example.org`;
    const outcomes = await Promise.all(people.map((person, index) => apis[index % 2]?.(person, index % 3 ? wanted : wanted.toUpperCase())));
    expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'unique')).toHaveLength(7);
  });

  test('is not unique while another change to it is uncommitted', async () => {
    const [owner, person] = [await gateway.createPerson(), await gateway.createPerson()];
    const wanted = `wanted.${owner.email}`;
    for (const change of apis) {
      const [taken, requested] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const taking = gateway.db.$transaction(async (transaction) => {
        await transaction.account.update({ where: { id: owner.id }, data: { email: wanted, emailFolded: wanted } });
        taken.resolve();
        await requested.promise;
      });
      await taken.promise;
      const waiting = change(person, wanted);
      await vi.waitUntil(isTransactionWaiting, { timeout: 10_000 }).finally(requested.resolve);
      await taking;
      expect(await waiting).toBe('unique');
      await gateway.db.account.update({ where: { id: owner.id }, data: { email: owner.email, emailFolded: owner.email } });
    }
  });

  async function isTransactionWaiting(): Promise<boolean> {
    const waiting = await gateway.db.$queryRaw<unknown[]>`
      SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    return waiting.length > 0;
  }

  test('that stays the same has no row of activity', async () => {
    const person = await gateway.createPerson();
    for (const change of apis) expect(await change(person, ` ${person.email} `)).toBe('changed');
    expect(await changes(person)).toEqual([]);
  });

  test('that differs in case only is stored, has a row of activity, and is not counted', async () => {
    const person = await gateway.createPerson({ email: `jürgen.åä${Date.now()}@example.org` });
    const spellings = ['upper', 'lower', 'upper', 'lower', 'upper'].map((kind) =>
      kind === 'upper' ? person.email.toUpperCase() : person.email,
    );
    for (const [index, email] of spellings.entries()) {
      expect(await apis[index % 2]?.(person, email)).toBe('changed');
      expect(await emailOf(person)).toBe(email);
    }
    expect(await changes(person)).toHaveLength(5);
    for (const count of [1, 2, 3]) expect(await changeByRest(person, `${count}.${person.email}`)).toBe('changed');
    expect(await changeByRest(person, `4.${person.email}`)).toBe('429 TooManyRequestsHttpException');
    expect(await changeByRest(person, `3.${person.email}`.toUpperCase())).toBe('changed');
  });
});

describe('changes of the e-mail address', () => {
  test('are three per day through both APIs together, and possible again a day after the first', async () => {
    const person = await gateway.createPerson();
    const next = (count: number) => `${count}.${person.email}`;
    expect(await changeByRest(person, next(1))).toBe('changed');
    gateway.clock.advance(3600);
    expect(await changeByGraphql(person, next(2))).toBe('changed');
    expect(await changeByRest(person, next(3))).toBe('changed');
    expect(await changeByGraphql(person, next(4))).toBe('RateLimited');
    expect(await changeByRest(person, next(4))).toBe('429 TooManyRequestsHttpException');
    const refused = await gateway.graphql(
      'mutation ($input: UpdateEmailInput!) { updateEmail(input: $input) { ... on RateLimited { code retryAfterSeconds } } }',
      { input: { email: next(4), password: person.password } },
      person,
    );
    expect(refused.data.updateEmail).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 23 * 3600 });
    expect(await emailOf(person)).toBe(next(3));
    gateway.clock.advance(23 * 3600 - 1);
    expect(await changeByRest(person, next(4))).toBe('429 TooManyRequestsHttpException');
    gateway.clock.advance(1);
    expect(await changeByRest(person, next(4))).toBe('changed');
    expect(await changeByGraphql(person, next(5))).toBe('RateLimited');
  });

  test('that are refused by a rule or for the password are not counted', async () => {
    const person = await gateway.createPerson();
    for (const email of ['wrong', '', person.email, person.email]) await changeByRest(person, email);
    for (const change of apis) await change(person, `1.${person.email}`, 'wrong');
    for (const count of [1, 2, 3]) expect(await changeByRest(person, `${count}.${person.email}`)).toBe('changed');
  });

  test('are counted per account, over all addresses', async () => {
    const [person, neighbour] = [await gateway.createPerson(), await gateway.createPerson()];
    const change = async (who: Person, email: string, peer: string) =>
      (await gateway.rest('PUT', '/account/email', { ...who, body: { email, password: who.password }, peer })).status;
    for (const count of [1, 2, 3]) expect(await change(person, `${count}.${person.email}`, `192.0.2.${count}`)).toBe(204);
    expect(await change(person, `4.${person.email}`, '192.0.2.4')).toBe(429);
    expect(await change(neighbour, `1.${neighbour.email}`, '192.0.2.1')).toBe(204);
  });

  test('at the same time are at most three', async () => {
    const person = await gateway.createPerson();
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => apis[index % 2]?.(person, `${index}.${person.email}`)));
    expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(3);
    expect(await changes(person)).toHaveLength(3);
  });

  test('are limited to LIMIT_EMAIL_CHANGES_PER_DAY, and unlimited when it is 0', async () => {
    const [one, open] = await Promise.all(['1', '0'].map((limit) => startGateway({ env: { LIMIT_EMAIL_CHANGES_PER_DAY: limit } })));
    if (!one || !open) throw new Error('two gateways');
    const [first, second] = [await one.createPerson(), await open.createPerson()];
    expect(await changeByRest(first, `1.${first.email}`, first.password, one)).toBe('changed');
    expect(await changeByGraphql(first, `2.${first.email}`, first.password, one)).toBe('RateLimited');
    for (let count = 0; count < 8; count++) {
      expect(await apis[count % 2]?.(second, `${count}.${localPart(second)}@example.org`, second.password, open)).toBe('changed');
    }
  });
});

describe('the names and the language', () => {
  const profileOf = async (person: Person) => (await gateway.rest('GET', '/account', person)).body.attributes;

  test('change where they are given, in both APIs, and an empty name is removed', async () => {
    const person = await gateway.createPerson({ firstName: 'Ada', lastName: 'Lovelace' });
    const put = (body: object) => gateway.rest('PUT', '/account/profile', { ...person, body });
    expect((await put({ first_name: 'Grace', language: 'pt-BR' })).status).toBe(204);
    expect(await profileOf(person)).toMatchObject({ first_name: 'Grace', last_name: 'Lovelace', language: 'pt-BR' });
    expect((await put({ last_name: '' })).status).toBe(204);
    expect(await profileOf(person)).toMatchObject({ first_name: 'Grace', last_name: null, language: 'pt-BR' });
    const fields = 'viewer { profile { firstName lastName language } }';
    const changed = await gateway.mutate('updateProfile', { firstName: null, lastName: 'Hopper' }, fields, person);
    expect(changed.viewer.profile).toEqual({ firstName: null, lastName: 'Hopper', language: 'pt-BR' });
  });

  test('are refused where they break a rule, and nothing changes', async () => {
    const person = await gateway.createPerson({ firstName: 'Ada' });
    const bad = [{ first_name: 'a'.repeat(192) }, { first_name: 'Grace', language: 'English' }, { last_name: '\u200b' }, { language: 7 }];
    for (const body of bad) expect((await gateway.rest('PUT', '/account/profile', { ...person, body })).status).toBe(422);
    const refused = await gateway.mutate('updateProfile', { firstName: 'Grace', language: 'x' }, 'viewer { id }', person);
    expect(refused).toMatchObject({ __typename: 'InvalidInput', issues: [{ field: 'language', rule: 'language' }] });
    expect((await profileOf(person)).first_name).toBe('Ada');
  });
});
