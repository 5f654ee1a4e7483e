import { describe, expect, test } from 'vitest';
import { createPasswordStrength } from '../src/crypto/password-strength.ts';
import { afterwards } from './afterwards.ts';
import { type Person, startGateway } from './harness.ts';

const gateway = await startGateway();

async function check(password: string, token?: string) {
  const query = 'query ($password: String!) { checkPassword(password: $password) { acceptable reasons messages } }';
  return (await gateway.graphql(query, { password }, { token })).data.checkPassword;
}

/** What updatePassword of each API answers: null where the password was set. */
async function refusals(person: Person, newPassword: string) {
  const input = { currentPassword: person.password, newPassword };
  const byGraphql = await gateway.mutate('updatePassword', input, 'viewer { id }', person);
  if (byGraphql.__typename === 'InvalidInput') {
    const body = { current_password: person.password, password: newPassword, password_confirmation: newPassword };
    const byRest = await gateway.rest('PUT', '/account/password', { ...person, body });
    expect(byRest.status).toBe(422);
    expect(byRest.body.errors).toMatchObject([{ code: 'ValidationException', meta: { source_field: 'password' } }]);
    return { rule: byGraphql.issues[0].rule, message: byGraphql.message, detail: byRest.body.errors[0].detail };
  }
  expect(byGraphql.__typename).toBe('UpdatePasswordPayload');
  return null;
}

describe('the password policy', () => {
  test('can be read without a credential', async () => {
    const { data } = await gateway.graphql('{ passwordPolicy { minLength maxBytes minScore } }');
    expect(data.passwordPolicy).toEqual({ minLength: 8, maxBytes: 1024, minScore: 3 });
  });

  test.each([
    ['a good one is not on any list', []],
    ['correct horse', []],
    ['', ['EMPTY']],
    ['        ', ['EMPTY']],
    ['kJ2_x', ['TOO_SHORT']],
    ['1234', ['TOO_SHORT', 'COMMON']],
    ['password', ['COMMON']],
    ['PassWord1', ['COMMON']],
    ['p@ssw0rd', ['COMMON']],
    ['drowssap', ['COMMON']],
    ['x\0yzabcdef', ['NOT_STORABLE']],
    ['é'.repeat(600), ['TOO_LONG']],
    ['Account Gateway', ['PERSONAL']],
    ['accountgateway', ['PERSONAL']],
    ['gateway123', ['PERSONAL']],
    ['yawetaG', ['TOO_SHORT', 'PERSONAL']],
    ['qwertyuiop', ['COMMON']],
    ['aaaaaaaaaaaaaaaa', ['GUESSABLE']],
    ['abcdefghijkl', ['GUESSABLE']],
    ['19840417', ['GUESSABLE']],
    ['blueblueblue', ['GUESSABLE']],
  ])('has for %j the reasons %j, each with its sentence', async (password, reasons) => {
    const { messages, ...checked } = await check(password);
    expect(checked).toEqual({ acceptable: reasons.length === 0, reasons });
    expect(messages).toHaveLength(reasons.length);
    for (const message of messages) expect(message).toMatch(/^(?=[A-Z]).*\b(?:Use|Enter|Remove|Replace)\b.*\.$/);
  });

  test('refuses what has a name of the account in it, in any case and reversed, through both APIs', async () => {
    const names = { username: 'grace.hopper', email: 'rear.admiral@navy.example', firstName: 'Brewster', lastName: 'Murray' };
    const person = await gateway.createPerson(names);
    for (const own of ['Grace.Hopper', 'rear.admiral@navy.example', 'REAR.ADMIRAL', 'hopperhopper', 'brewster1', 'yarrum12', 'admiral99']) {
      const { reasons, messages } = await check(own, person.token);
      expect([own, reasons]).toEqual([own, expect.arrayContaining([expect.stringMatching(/PERSONAL|GUESSABLE/)])]);
      const refused = await refusals(person, own);
      expect(refused).toEqual({ rule: reasons[0].toLowerCase(), message: messages[0], detail: messages[0] });
    }
    expect((await check('Grace.Hopper', person.token)).reasons).toEqual(['PERSONAL']);
    expect((await check('hopper and a mule')).acceptable).toBe(true);
  });

  test('refuses a name that is repeated, which another account may use', async () => {
    const bob = await gateway.createPerson({ username: 'bob', email: 'bob.policy@example.com' });
    expect(await refusals(bob, 'bobbobbob')).toEqual({
      rule: 'guessable',
      message: 'A repeated group of characters is easy to guess. Use more words, and rarer ones. Use no word or character twice.',
      detail: 'A repeated group of characters is easy to guess. Use more words, and rarer ones. Use no word or character twice.',
    });
  });

  test('refuses a common password, and keeps the old one', async () => {
    const person = await gateway.createPerson();
    const message = 'This is one of the hundred most common passwords. Use more words, and rarer ones.';
    expect(await refusals(person, 'iloveyou')).toEqual({ rule: 'common', message, detail: message });
    expect(await refusals(person, 'not on the list')).toBeNull();
  });

  test('accepts from PASSWORD_SCORE_MIN on', async () => {
    const strict = await startGateway({ env: { PASSWORD_SCORE_MIN: '4' } });
    const open = await startGateway({ env: { PASSWORD_SCORE_MIN: '0' } });
    const query = '{ passwordPolicy { minScore } checkPassword(password: "correct horse") { acceptable reasons messages } }';
    expect((await strict.graphql(query)).data).toEqual({
      passwordPolicy: { minScore: 4 },
      checkPassword: {
        acceptable: false,
        reasons: ['GUESSABLE'],
        messages: ['This password is easy to guess. Use more words, and rarer ones.'],
      },
    });
    const weak = '{ checkPassword(password: "password") { acceptable } }';
    expect((await open.graphql(weak)).data.checkPassword.acceptable).toBe(true);
  });

  test('measures one password in a request, also in a batch', async () => {
    const twice = await gateway.graphql(
      '{ a: checkPassword(password: "a") { acceptable } b: checkPassword(password: "b") { acceptable } }',
    );
    expect(twice.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_REQUEST', limit: 'password checks' });
    const one = { query: '{ checkPassword(password: "password") { acceptable } }' };
    const headers = { 'content-type': 'application/json' };
    const answer = await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify([one, one]) });
    expect((await answer.text()).match(/"acceptable":false/g)).toHaveLength(1);
  });

  test('measures passwords outside of the event loop: it turns hundreds of times while slow ones are measured', async () => {
    const slow = Array.from({ length: 2 }, (_, digit) => '3141592653589793238462643383279'.replaceAll('9', String(digit)));
    await check('warm');
    let [turns, isRunning] = [0, true];
    const turn = () => {
      turns += 1;
      if (isRunning) setImmediate(turn);
    };
    turn();
    await Promise.all(slow.map((password) => check(password)));
    isRunning = false;
    expect(turns).toBeGreaterThan(300);
  });

  test('refuses with Overloaded while too many wait, and measures nothing then', async () => {
    const small = await startGateway();
    const person = await small.createPerson();
    const held = Promise.withResolvers<void>();
    for (let piece = 0; piece < 1_000; piece += 1) small.tools.measuring.run(() => held.promise).catch(() => undefined);
    const refused = await small.graphql('{ checkPassword(password: "battery staple") { acceptable } }');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryAfterSeconds: expect.any(Number) });
    const input = { currentPassword: person.password, newPassword: 'battery staple 4' };
    expect(await small.mutate('updatePassword', input, 'viewer { id }', person)).toMatchObject({ code: 'OVERLOADED' });
    held.resolve();
  });

  test('measures the next password on another thread where one ended, and refuses what it was measuring', async () => {
    const strength = createPasswordStrength();
    afterwards(() => strength.close());
    const faulty: unknown[] = [null];
    const measuring = [strength.measure('correct horse', faulty as string[]), strength.measure('correct horse', [])];
    expect((await Promise.allSettled(measuring)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await strength.measure('correct horse', [])).toEqual({ score: 3, reason: null, suggestions: [] });
  });

  test('measures the first 32 characters, so that a long password ends what a short one begins', async () => {
    expect((await check(`${'a'.repeat(32)}kJ2_x-and-more-of-it`)).reasons).toEqual(['GUESSABLE']);
    expect((await check(`kJ2_x-and-more-of-it${'a'.repeat(1_000)}`)).acceptable).toBe(true);
  });
});
