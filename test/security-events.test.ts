import { describe, expect, test } from 'vitest';
import { createBrowser } from './browser.ts';
import { codeFor, startGateway } from './harness.ts';
import { createReadableLog } from './log-lines.ts';

const { log, takeEvents } = createReadableLog();
const gateway = await startGateway({ log, env: { LIMIT_UNKNOWN_KEYS_PER_MINUTE: '3', LIMIT_SIGN_INS_PER_MINUTE: '1' } });
const query = '{ viewer { id } }';

/** Sends a request with a token to both APIs and answers the events of each, without the id of the request. */
async function eventsOf(token: string, peer: string) {
  takeEvents();
  const both = [await gateway.rest('GET', '/account', { token, peer }), await gateway.graphql(query, {}, { token, peer })];
  const events = takeEvents();
  expect(events.map(({ requestId }) => requestId)).toEqual(both.map(({ headers }) => headers.get('x-request-id')));
  return events.map(({ requestId: _requestId, level: _level, ...event }) => event);
}

describe('the log has a line of its own', () => {
  test('for each unknown API key, with the address, the reason and the id of the request', async () => {
    const { token, identifier } = await gateway.createPerson();
    const wrong = { malformed: 'x', unknown: `ptlc_unknown1234${'x'.repeat(32)}`, 'wrong secret': `${identifier}${'x'.repeat(32)}` };
    for (const [at, [reason, sent]] of Object.entries(wrong).entries()) {
      const ip = `192.0.2.${at + 1}`;
      const event = { event: 'api-key.unknown', ip, reason, msg: 'security event' };
      expect(await eventsOf(sent, ip)).toEqual([event, event]);
    }
    await gateway.db.apiKey.update({ where: { identifier }, data: { expiresAt: gateway.clock.now() } });
    expect((await eventsOf(token, '192.0.2.9'))[0]).toMatchObject({ event: 'api-key.unknown', reason: 'expired' });
  });

  test('for a key that is used from outside of its addresses', async () => {
    const person = await gateway.createPerson();
    const { body } = await gateway.rest('POST', '/account/api-keys', {
      ...person,
      body: { description: 'x', allowed_ips: ['10.0.0.0/8'] },
    });
    const { identifier } = body.attributes;
    const event = { event: 'api-key.refused', ip: '192.0.2.7', accountId: person.id, identifier, msg: 'security event' };
    expect(await eventsOf(`${identifier}${body.meta.secret_token}`, '192.0.2.7')).toEqual([event, event]);
  });

  test('for a limit that is reached, with its name', async () => {
    const mutation = 'mutation { signIn(input: { login: "nobody", password: "x" }) { __typename } }';
    takeEvents();
    for (let round = 0; round < 2; round += 1) await gateway.graphql(mutation, {}, { peer: '192.0.2.30' });
    expect(takeEvents().slice(1)).toMatchObject([{ event: 'limit.reached', limit: 'signIns', ip: '192.0.2.30' }]);
  });

  test('for sign-ins, changes of credentials and ended sessions, with the account', async () => {
    const open = await startGateway({ log, db: gateway.db });
    const person = await open.createPerson();
    const ended = async (make: () => Promise<unknown>) => {
      takeEvents();
      await make();
      return takeEvents().map(({ level: _level, msg: _msg, requestId, ip, accountId, ...event }) => {
        expect([typeof requestId, ip, event['event'] === 'sign-in.failed' || accountId === person.id]).toEqual([
          'string',
          '192.0.2.40',
          true,
        ]);
        return event;
      });
    };
    const [browser, other] = [createBrowser(open, '192.0.2.40'), createBrowser(open, '192.0.2.40')];
    const { username, password } = person;
    const signIn = () => browser.signIn(username, password);
    const succeeded = { event: 'sign-in.succeeded' };
    expect(await ended(() => browser.signIn('nobody', 'x'))).toEqual([{ event: 'sign-in.failed', reason: 'unknown login' }]);
    expect(await ended(() => browser.signIn(username, 'x'))).toEqual([{ event: 'sign-in.failed', reason: 'wrong password' }]);
    expect(await ended(signIn)).toEqual([succeeded]);
    expect(await ended(signIn)).toEqual([{ event: 'session.ended', reason: 'replaced', sessions: 1 }, succeeded]);
    await other.signIn(username, password);
    const create = () => browser.rest('POST', '/account/api-keys', { description: 'x' });
    expect(await ended(create)).toEqual([{ event: 'api-key.created', identifier: expect.stringMatching(/^ptlc_/) }]);
    const { identifier } = await open.db.apiKey.findFirstOrThrow({ where: { accountId: person.id }, orderBy: { id: 'desc' } });
    const remove = () => browser.rest('DELETE', `/account/api-keys/${identifier}`);
    expect(await ended(remove)).toEqual([{ event: 'api-key.deleted', identifier }]);
    const { secret } = (await browser.rest('GET', '/account/two-factor')).body.data;
    const code = () => codeFor(secret, open.clock.now());
    expect(await ended(() => browser.rest('POST', '/account/two-factor', { code: code(), password }))).toEqual([
      { event: 'two-factor.enabled' },
      { event: 'session.ended', reason: 'two-factor enabled', sessions: 1 },
    ]);
    open.clock.advance(60);
    const { challenge } = await other.signIn(username, password);
    expect(await ended(() => other.complete(challenge, { code: '000000' }))).toEqual([{ event: 'sign-in.failed', reason: 'wrong code' }]);
    expect(await ended(() => other.complete(challenge, { code: code() }))).toEqual([succeeded]);
    expect(await ended(() => browser.rest('POST', '/account/two-factor/disable', { password }))).toEqual([
      { event: 'two-factor.disabled' },
      { event: 'session.ended', reason: 'two-factor disabled', sessions: 1 },
    ]);
    const body = { current_password: password, password: 'tr0mbone-winter-86', password_confirmation: 'tr0mbone-winter-86' };
    expect(await ended(() => browser.rest('PUT', '/account/password', body))).toEqual([{ event: 'password.changed' }]);
    const signOut = () => browser.graphql('mutation { signOut { __typename } }');
    expect(await ended(signOut)).toEqual([{ event: 'session.ended', reason: 'signed out', sessions: 1 }]);
  });

  test('for a sign-in that is locked, and for a change whose guesses are used up', async () => {
    const few = await startGateway({ log, db: gateway.db, env: { LIMIT_WRONG_SECRETS_PER_15_MINUTES: '1' } });
    const person = await few.createPerson();
    const browser = createBrowser(few, '192.0.2.41');
    await browser.signIn(person.username, 'x');
    takeEvents();
    await browser.signIn(person.username, person.password);
    expect(takeEvents()).toMatchObject([{ event: 'sign-in.locked', ip: '192.0.2.41', accountId: person.id }]);
    const change = () =>
      few.rest('PUT', '/account/email', { ...person, peer: '192.0.2.42', body: { email: 'x@example.com', password: 'x' } });
    await change();
    takeEvents();
    await change();
    expect(takeEvents()).toMatchObject([{ event: 'limit.reached', limit: 'wrongSecrets', ip: '192.0.2.42', accountId: person.id }]);
  });
});
