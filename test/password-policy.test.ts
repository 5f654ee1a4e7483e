import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';

const gateway = await startGateway();

async function check(password: string, token?: string) {
  const query = 'query ($password: String!) { checkPassword(password: $password) { acceptable reasons } }';
  return (await gateway.graphql(query, { password }, { token })).data.checkPassword;
}

describe('the password policy', () => {
  test('can be read without a credential', async () => {
    const { data } = await gateway.graphql('{ passwordPolicy { minLength maxBytes } }');
    expect(data.passwordPolicy).toEqual({ minLength: 8, maxBytes: 1024 });
  });

  test.each([
    ['a good one is not on any list', []],
    ['', ['EMPTY']],
    ['        ', ['EMPTY']],
    ['kJ2_x', ['TOO_SHORT']],
    ['1234', ['TOO_SHORT', 'COMMON']],
    ['password', ['COMMON']],
    ['PassWord1', ['COMMON']],
    ['x\0yzabcdef', ['NOT_STORABLE']],
    ['é'.repeat(600), ['TOO_LONG']],
    ['Account Gateway', ['PERSONAL']],
    ['accountgateway', ['PERSONAL']],
  ])('has for %j the reasons %j', async (password, reasons) => {
    expect(await check(password)).toEqual({ acceptable: reasons.length === 0, reasons });
  });

  test("refuses the account's own name and address, in any case, through both APIs", async () => {
    const person = await gateway.createPerson({ username: 'grace.hopper', email: 'rear.admiral@example.com' });
    for (const own of ['Grace.Hopper', 'rear.admiral@example.com', 'REAR.ADMIRAL']) {
      expect(await check(own, person.token)).toEqual({ acceptable: false, reasons: ['PERSONAL'] });
      const input = { currentPassword: person.password, newPassword: own };
      expect(await gateway.mutate('updatePassword', input, 'viewer { id }', person)).toMatchObject({
        issues: [{ field: 'newPassword', rule: 'personal' }],
      });
      const body = { current_password: person.password, password: own, password_confirmation: own };
      expect((await gateway.rest('PUT', '/account/password', { ...person, body })).status).toBe(422);
    }
    expect((await check('rear.admiral')).acceptable).toBe(true);
  });

  test('refuses the most common passwords, and keeps the old one', async () => {
    const person = await gateway.createPerson();
    const body = { current_password: person.password, password: 'iloveyou', password_confirmation: 'iloveyou' };
    const refused = await gateway.rest('PUT', '/account/password', { ...person, body });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      [
        {
          code: 'ValidationException',
          status: '422',
          detail: 'The password is one of those that are tried first.',
          meta: { source_field: 'password', rule: '' },
        },
      ],
    ]);
    const again = { ...body, password: 'not on the list', password_confirmation: 'not on the list' };
    expect((await gateway.rest('PUT', '/account/password', { ...person, body: again })).status).toBe(204);
  });
});
