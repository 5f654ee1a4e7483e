import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();

type Change = (person: Person, value: string, password?: string) => Promise<string>;

const byRest =
  (path: string): Change =>
  async (person, value, password = person.password) => {
    const answer = await gateway.rest('PUT', `/account/${path}`, { ...person, body: { [path]: value, password } });
    return answer.status === 204 ? 'changed' : answer.status === 429 ? answer.body.errors[0].detail : answer.body.errors[0].meta?.rule;
  };
const byGraphql =
  (name: string, field: string): Change =>
  async (person, value, password = person.password) => {
    const answer = await gateway.mutate(name, { [field]: value, password }, 'viewer { id }', person);
    return answer.code === 'RATE_LIMITED' ? 'limited' : (answer.issues?.[0].rule ?? (answer.code || 'changed'));
  };

const fields = [
  {
    field: 'email',
    apis: [byRest('email'), byGraphql('updateEmail', 'email')],
    limited: ['Your email address has been changed too many times today. Please try again later.', 'limited'],
    free: (person: Person, n: number) => `${n}.${person.email}`,
    present: ({ email }: Person) => email,
  },
  {
    field: 'username',
    apis: [byRest('username'), byGraphql('updateUsername', 'username')],
    limited: ['Your username has been changed too many times today. Please try again later.', 'limited'],
    free: (person: Person, n: number) => `${person.username}.${n}`,
    present: ({ username }: Person) => username,
  },
] as const;

// An account could ask for any number of addresses whether another account has them.
describe.each(fields)('the daily budget of changes of the $field', ({ apis, limited, free, present }) => {
  const createPeople = async () => [await gateway.createPerson(), await gateway.createPerson()] as const;
  const of = (index: number) => apis[index % 2] ?? apis[0];

  test('counts values of another account as it counts free ones, through both APIs, and then tells the two no longer apart', async () => {
    const [person, other] = await createPeople();
    expect(await of(0)(person, present(other))).toBe('unique');
    expect(await of(1)(person, present(other).toUpperCase())).toBe('unique');
    expect(await of(0)(person, free(person, 1))).toBe('changed');
    for (const index of [0, 1]) {
      expect(await of(index)(person, present(other))).toBe(limited[index]);
      expect(await of(index)(person, free(person, 2))).toBe(limited[index]);
    }
    gateway.clock.advance(86_400);
    expect(await of(1)(person, free(person, 3))).toBe('changed');
  });

  test('gives three answers about other accounts, also to requests at the same time', async () => {
    const [person, other] = await createPeople();
    const outcomes = await Promise.all(Array.from({ length: 12 }, (_, index) => of(index)(person, present(other))));
    expect(outcomes.filter((outcome) => outcome === 'unique')).toHaveLength(3);
    expect(outcomes).not.toContain('changed');
  });

  test('is used neither by a wrong password, nor by a broken rule, nor by a change of case alone', async () => {
    const [person, other] = await createPeople();
    for (const index of [0, 1]) {
      await of(index)(person, present(other), 'wrong');
      await of(index)(person, ' ');
      await of(index)(person, '-@-');
      await of(index)(person, present(person).toUpperCase());
      await of(index)(person, present(person));
    }
    for (let n = 0; n < 3; n += 1) expect(await of(n)(person, present(other))).toBe('unique');
    expect(await of(1)(person, present(other))).toBe('limited');
    expect(await of(0)(person, ' ')).toBe('required');
  });

  test('leaves no row of activity for a value of another account', async () => {
    const [person, other] = await createPeople();
    await of(0)(person, present(other));
    expect(await gateway.db.activity.count({ where: { accountId: person.id, event: { contains: 'changed' } } })).toBe(0);
  });
});

test('usernames and e-mail addresses have a budget each', async () => {
  const person = await gateway.createPerson();
  for (const { apis, free } of fields) {
    for (let n = 1; n <= 3; n += 1) expect(await apis[n % 2]?.(person, free(person, n))).toBe('changed');
    expect(await apis[1](person, free(person, 4))).toBe('limited');
  }
  const { data } = await gateway.graphql('{ viewer { profile { username email } } }', {}, person);
  expect(data.viewer.profile).toEqual({ username: `${person.username}.3`, email: `3.${person.email}` });
});

test('both budgets are LIMIT_EMAIL_CHANGES_PER_DAY, and off when it is 0', async () => {
  for (const [limit, allowed] of [
    ['1', 1],
    ['0', 6],
  ] as const) {
    const at = await startGateway({ env: { LIMIT_EMAIL_CHANGES_PER_DAY: limit } });
    const { password, token, ...person } = await at.createPerson();
    const outcomes = [];
    for (let n = 1; n <= 6; n += 1) {
      const username = `${person.username}.${n}`;
      outcomes.push((await at.mutate('updateUsername', { username, password }, 'viewer { id }', { token })).__typename);
    }
    expect(outcomes.filter((outcome) => outcome === 'UpdateUsernamePayload')).toHaveLength(allowed);
  }
});
