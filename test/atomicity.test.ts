import { describe, expect, test } from 'vitest';
import { changes, keyToDelete } from './changes.ts';
import { type Person, startGateway } from './harness.ts';
import { insertSession } from './sessions.ts';

/** Where the database refuses: at the row of activity; or when a transaction that changed one of these tables ends. */
const places = {
  'whose row cannot be written': ['BEFORE INSERT ON activity FOR EACH ROW'],
  'that cannot be finished': [
    ...['accounts', 'two_factor'].map((table) => `AFTER INSERT OR UPDATE OR DELETE ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW`),
    ...['recovery_tokens', 'api_keys', 'ssh_keys'].map(
      (table) => `AFTER INSERT OR DELETE ON ${table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW`,
    ),
  ],
};

describe.each(Object.entries(places))('a change %s', async (_place, triggers) => {
  const gateway = await startGateway({ ownDatabase: true });
  const { db } = gateway;
  const setRefusing = (isOn: boolean) =>
    db.$executeRawUnsafe(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN ${isOn ? "RAISE EXCEPTION 'not today'" : 'RETURN NEW'}; END $$`);
  await setRefusing(false);
  for (const trigger of triggers) {
    const kind = trigger.includes('DEFERRABLE') ? 'CONSTRAINT TRIGGER' : 'TRIGGER';
    await db.$executeRawUnsafe(`CREATE ${kind} refuse ${trigger} EXECUTE FUNCTION refuse()`);
  }

  async function whileRefusing<T>(work: () => Promise<T>): Promise<T> {
    await setRefusing(true);
    try {
      return await work();
    } finally {
      await setRefusing(false);
    }
  }

  test.each(changes)('leaves everything as it was: $name through $door', async ({ prepare, run }) => {
    const person = await gateway.createPerson();
    await prepare?.(gateway, person);
    await gateway.rest('GET', '/account/two-factor', person);
    await keyToDelete(gateway, person, person.password);
    await insertSession(gateway, person);
    const before = await everythingOf(person);
    expect(await whileRefusing(() => run(gateway, person, person.password))).toBe(false);
    expect(await everythingOf(person)).toEqual(before);
    expect(await run(gateway, person, person.password)).toBe(true);
  });

  test('is a masked fault in both languages', async () => {
    const person = await gateway.createPerson();
    const [byRest, byGraphql] = await whileRefusing(async () => [
      await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'x' } }),
      await gateway.graphql('mutation { createApiKey(input: { description: "x" }) { __typename } }', {}, person),
    ]);
    expect([byRest.status, byGraphql.status, byGraphql.errors?.[0]?.extensions['code']]).toEqual([500, 500, 'INTERNAL']);
    expect(JSON.stringify([byRest.body, byGraphql.data, byGraphql.errors])).not.toMatch(/not today|prisma|activity|insert|at \w+ \(/i);
  });

  async function everythingOf({ id }: Person) {
    const where = { accountId: id };
    return [
      await db.account.findUnique({ where: { id } }),
      await db.twoFactor.findMany({ where }),
      await db.recoveryToken.findMany({ where }),
      (await db.apiKey.findMany({ where })).map(({ identifier }) => identifier),
      await db.sshKey.findMany({ where }),
      await db.session.findMany({ where }),
      await db.activity.count({ where }),
    ];
  }
});
