import { describe, expect, test } from 'vitest';
import { changes } from './changes.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway();

describe('the activity of a change', () => {
  test.each(changes)('$name through $door: one $event', async ({ event, properties = {}, prepare, run }) => {
    const person = await gateway.createPerson();
    await prepare?.(gateway, person);
    const before = await lastId();
    expect(await run(gateway, person, person.password)).toBe(true);
    const rows = await gateway.db.activity.findMany({ where: { id: { gt: before } } });
    const who = { accountId: person.id, actorId: person.id, apiKeyIdentifier: person.identifier, ip: '127.0.0.1' };
    expect(rows).toEqual([expect.objectContaining({ event, properties, ...who, occurredAt: gateway.clock.now() })]);
  });

  test.each(changes)('$name through $door, refused: none', async ({ prepare, run }) => {
    const person = await gateway.createPerson();
    await prepare?.(gateway, person);
    const before = await lastId();
    expect(await run(gateway, person, 'wrong')).toBe(false);
    expect(await gateway.db.activity.count({ where: { id: { gt: before } } })).toBe(0);
  });

  test('has the User-Agent header, at most 512 characters of it', async () => {
    const person = await gateway.createPerson();
    const ask = { ...person, headers: { 'user-agent': `agent/${'x'.repeat(4000)}` } };
    expect((await gateway.mutate('createApiKey', { description: 'x' }, 'token', ask)).token).toBeDefined();
    const { data } = await gateway.graphql('{ viewer { activity(first: 1) { edges { node { userAgent } } } } }', {}, person);
    expect(data.viewer.activity.edges[0].node.userAgent).toBe(`agent/${'x'.repeat(506)}`);
  });
});

async function lastId(): Promise<bigint> {
  return (await gateway.db.activity.findFirst({ orderBy: { id: 'desc' } }))?.id ?? 0n;
}
