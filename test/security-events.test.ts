import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';
import { createReadableLog } from './log-lines.ts';

const { log, takeEvents } = createReadableLog();
const gateway = await startGateway({ log, env: { LIMIT_UNKNOWN_KEYS_PER_MINUTE: '3', LIMIT_SIGN_INS_PER_MINUTE: '1' } });
const query = '{ viewer { id } }';

/** Sends a request with a token to both APIs and answers the events of each, without the id of the request. */
async function eventsOf(token: string, peer: string) {
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
});
