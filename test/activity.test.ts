import { describe, expect, test } from 'vitest';
import { startGateway } from './harness.ts';

const gateway = await startGateway();

describe('a row of activity', () => {
  test.each(['REST', 'GraphQL'])('has the key, the address and the User-Agent header of a request to %s', async (api) => {
    const person = await gateway.createPerson();
    const ask = { token: person.token, peer: '192.0.2.9', headers: { 'user-agent': `agent/${'x'.repeat(4000)}` } };
    if (api === 'REST') await gateway.rest('POST', '/account/api-keys', { ...ask, body: { description: 'x' } });
    else await gateway.mutate('createApiKey', { description: 'x' }, 'token', ask);
    const row = await gateway.db.activity.findFirst({ where: { accountId: person.id }, orderBy: { id: 'desc' } });
    // At most 512 characters of the header.
    const who = { actorId: person.id, apiKeyIdentifier: person.identifier, ip: '192.0.2.9', userAgent: `agent/${'x'.repeat(506)}` };
    expect(row).toMatchObject({ event: 'user:api-key.create', ...who, occurredAt: gateway.clock.now() });
  });
});
