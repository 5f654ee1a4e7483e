import { describe, expect, test } from 'vitest';
import { type Person, startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';

// The rules of form and the hashes are meant here: passwords may be easy to guess.
const gateway = await startGateway({ env: { PASSWORD_SCORE_MIN: '0' } });

/** Changes a password through one API. @returns 'changed', the broken rule, or the refusal. */
type Change = (person: Person, currentPassword: string, newPassword: string) => Promise<string>;

const changeByRest: Change = async (person, currentPassword, newPassword) => {
  const body = { current_password: currentPassword, password: newPassword, password_confirmation: newPassword };
  const answer = await gateway.rest('PUT', '/account/password', { ...person, body });
  if (answer.status === 204) return 'changed';
  return answer.status === 422 ? answer.body.errors[0].meta.rule : `${answer.status} ${answer.body.errors[0].detail}`;
};
const changeByGraphql: Change = async (person, currentPassword, newPassword) => {
  const answer = await gateway.mutate('updatePassword', { currentPassword, newPassword }, 'viewer { id }', person);
  return answer.__typename === 'UpdatePasswordPayload' ? 'changed' : (answer.issues?.[0].rule ?? answer.__typename);
};
const apis: [string, Change][] = [
  ['REST', changeByRest],
  ['GraphQL', changeByGraphql],
];

const wrong = ['400 The password provided was invalid for this account.', 'IncorrectPassword'];
const passwordHash = async (person: Person) => (await gateway.db.account.findUniqueOrThrow({ where: { id: person.id } })).passwordHash;

describe.each(apis)('a new password through %s', (_api, change) => {
  test.each([
    ['seven letters', 'a'.repeat(7), 'min'],
    ['seven emoji, though they are 14 code units', '🔑'.repeat(7), 'min'],
    ['one byte more than 1024', 'a'.repeat(1025), 'max'],
    ['256 emoji and a letter, 1025 bytes', `${'🔑'.repeat(256)}a`, 'max'],
    ['a NUL', 'abcdefgh\0i', 'regex'],
    ['a NUL at the end', 'abcdefgh\0', 'regex'],
    ['half a surrogate pair', 'abcdefgh\ud800', 'regex'],
    ['the other half', '\udc00abcdefgh', 'regex'],
    ['nothing', '', 'required'],
    ['only blanks', ' '.repeat(12), 'required'],
  ])('cannot be %s', async (_name, password, rule) => {
    const person = await gateway.createPerson();
    const before = await passwordHash(person);
    expect(await change(person, person.password, password)).toBe(rule);
    expect(await passwordHash(person)).toBe(before);
  });

  test.each([
    ['eight letters', 'a'.repeat(8)],
    ['eight emoji', '🔑'.repeat(8)],
    ['1024 bytes', 'a'.repeat(1024)],
    ['1024 bytes of emoji', '🔑'.repeat(256)],
    ['blanks at either end', '  eight eight \t'],
    ['a text that is short enough in NFC', 'e\u0301'.repeat(400)],
    ['the present password', 'correct horse'],
  ])('can be %s, and is required from then on', async (_name, password) => {
    const person = await gateway.createPerson();
    expect(await change(person, person.password, password)).toBe('changed');
    expect(await change(person, password, 'the next one')).toBe('changed');
  });

  test('is never truncated: passwords that differ in the last of 1000 bytes are different', async () => {
    const person = await gateway.createPerson();
    expect(await change(person, person.password, `${'a'.repeat(999)}1`)).toBe('changed');
    expect(wrong).toContain(await change(person, `${'a'.repeat(999)}2`, 'another password'));
    expect(wrong).toContain(await change(person, 'a'.repeat(999), 'another password'));
    expect(await change(person, `${'a'.repeat(999)}1`, 'another password')).toBe('changed');
  });

  test('is the same in composed and decomposed form', async () => {
    const person = await gateway.createPerson();
    expect(await change(person, person.password, 'Zu\u0308rich 2026')).toBe('changed');
    expect(await change(person, 'Zürich 2026', 'Å Å Å Å Å')).toBe('changed');
    expect(await change(person, 'A\u030a \u212b Å Å Å', 'the next one')).toBe('changed');
  });

  test('keeps its blanks: without them the password is wrong', async () => {
    const person = await gateway.createPerson();
    await change(person, person.password, '  with blanks  ');
    for (const other of ['with blanks', '  with blanks', 'with blanks  ']) {
      expect(wrong).toContain(await change(person, other, 'another password'));
    }
    expect(await change(person, '  with blanks  ', 'another password')).toBe('changed');
  });

  test('is checked after the current password', async () => {
    const person = await gateway.createPerson();
    for (const current of ['wrong', '', person.password.toUpperCase(), `${person.password}\0`, 'x'.repeat(100_000)]) {
      expect(wrong).toContain(await change(person, current, 'short'));
    }
  });

  test('ends every session of its account only, and keeps the API keys', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    for (const { id } of [person, person, other]) await insertSession(gateway, { id });
    expect(wrong).toContain(await change(person, 'wrong', 'another password'));
    expect(await gateway.db.session.count({ where: { accountId: person.id } })).toBe(2);
    expect(await change(person, person.password, 'another password')).toBe('changed');
    expect(await gateway.db.session.count({ where: { accountId: person.id } })).toBe(0);
    expect(await gateway.db.session.count({ where: { accountId: other.id } })).toBe(1);
    expect(await gateway.db.apiKey.count({ where: { accountId: person.id } })).toBe(1);
  });
});

describe('a password', () => {
  test('must be confirmed in REST, exactly', async () => {
    const person = await gateway.createPerson();
    const body = { current_password: person.password, password: 'set by REST' };
    for (const confirmation of [{}, { password_confirmation: 'set by rest' }, { password_confirmation: null }]) {
      const answer = await gateway.rest('PUT', '/account/password', { ...person, body: { ...body, ...confirmation } });
      expect([answer.status, answer.body.errors[0]]).toEqual([
        422,
        {
          code: 'ValidationException',
          status: '422',
          detail: 'The password confirmation does not match.',
          meta: { source_field: 'password', rule: 'confirmed' },
        },
      ]);
    }
  });

  test('that is both short and unconfirmed breaks both rules', async () => {
    const person = await gateway.createPerson();
    const body = { current_password: person.password, password: 'short', password_confirmation: 'other' };
    const { errors } = (await gateway.rest('PUT', '/account/password', { ...person, body })).body;
    expect(errors.map(({ meta }: { meta: { rule: string } }) => meta.rule).sort()).toEqual(['confirmed', 'min']);
  });

  test('that is a list or an object is refused by its type, in both APIs', async () => {
    const person = await gateway.createPerson();
    for (const current_password of [['a'], { a: 'b' }]) {
      const body = { current_password, password: 'another password', password_confirmation: 'another password' };
      expect((await gateway.rest('PUT', '/account/password', { ...person, body })).status).toBe(422);
      const input = { currentPassword: current_password, newPassword: 'another password' };
      const answer = await gateway.graphql('mutation ($i: UpdatePasswordInput!) { updatePassword(input: $i) { __typename } }', {
        i: input,
      });
      expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
    }
    const body = { current_password: person.password, password: ['another password'], password_confirmation: ['another password'] };
    expect((await gateway.rest('PUT', '/account/password', { ...person, body })).status).toBe(422);
  });

  test('is changed once by changes with the same old password at once through both APIs', async () => {
    const person = await gateway.createPerson();
    const changes = Array.from({ length: 6 }, (_, index) =>
      (index % 2 ? changeByRest : changeByGraphql)(person, person.password, `the new one, ${index}`),
    );
    const outcomes = await Promise.all(changes);
    expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
    for (const outcome of outcomes.filter((outcome) => outcome !== 'changed')) expect(wrong).toContain(outcome);
    expect(await changeByRest(person, `the new one, ${outcomes.indexOf('changed')}`, 'the last one')).toBe('changed');
    expect(await gateway.db.activity.count({ where: { accountId: person.id, event: 'user:account.password-changed' } })).toBe(2);
  });

  test('is stored as an argon2id hash with its own salt', async () => {
    const [one, two] = [await passwordHash(await gateway.createPerson()), await passwordHash(await gateway.createPerson())];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(two);
  });
});
