import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkKeys } from '../src/account/key-check.ts';
import { reseal } from '../src/account/operator/reseal.ts';
import { createKeyRing } from '../src/crypto/keys.ts';
import type { Database } from '../src/db/database.ts';
import { startGateway } from './harness.ts';
import { createEmptyDatabase, createKey, failToStart, startServer } from './processes.ts';
import { explainStart } from './start-here.ts';

const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const idOf = (key: Buffer) => createKeyRing(key, []).current.id;

/** Starts on a database with a key and earlier ones. @returns why that is refused; null when it is not. */
async function start(db: Database, key: Buffer, ...previous: Buffer[]): Promise<string | null> {
  try {
    await checkKeys(db, createKeyRing(key, previous), new Date('2026-03-01'));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A database, and how to give it an account whose secret is sealed with a key. */
async function open() {
  const { db } = await startGateway({ ownDatabase: true });
  const enable = async (key: Buffer, ...previous: Buffer[]) => {
    const gateway = await startGateway({ db, keys: createKeyRing(key, previous) });
    await gateway.enableTwoFactor(await gateway.createPerson());
    return gateway;
  };
  return { db, enable };
}

test('a server does not start with another APP_KEY than at its first start, also while nothing is sealed, and says which it needs', async () => {
  const env = { DATABASE_URL: await createEmptyDatabase(), APP_KEY: createKey() };
  await (await startServer(env)).stop();
  const wrong = createKey();
  const { code, stderr } = await failToStart({ ...env, APP_KEY: wrong });
  const [needed, given] = [env.APP_KEY, wrong].map((key) => idOf(Buffer.from(key.slice('base64:'.length), 'base64')));
  expect([code, stderr]).toEqual([
    1,
    `account-gateway: APP_KEY is not the key of this database. The missing key has the id ${needed}, APP_KEY has the id ${given}. Set APP_KEY to the missing key, or add that to APP_PREVIOUS_KEYS.\n`,
  ]);
  expect(await explainStart({ ...env, APP_KEY: wrong, APP_PREVIOUS_KEYS: env.APP_KEY })).toBe('started');
});

describe('a start', () => {
  test('is refused while a secret is sealed with an earlier key that is missing', async () => {
    const { db, enable } = await open();
    expect(await start(db, one)).toBeNull();
    await enable(one);
    expect(await start(db, two, one)).toBeNull();
    const reason = await start(db, two);
    expect(reason).toMatch(/^APP_KEY does not decrypt all secrets of this database\. /);
    expect(reason).toContain(`The missing key has the id ${idOf(one)}`);
  });

  test('needs no earlier key once every secret is encrypted with the current one', async () => {
    const { db, enable } = await open();
    await start(db, one);
    await enable(one);
    await start(db, two, one);
    const { tools } = await startGateway({ db, keys: createKeyRing(two, [one]) });
    await reseal(tools, () => undefined);
    expect(await start(db, two)).toBeNull();
    expect(await start(db, one)).toContain(`APP_KEY is not the key of this database. The missing key has the id ${idOf(two)}`);
  });

  test('is refused with the earlier key alone after secrets were sealed with a later one', async () => {
    const { db, enable } = await open();
    await start(db, one);
    await start(db, two, one);
    await enable(two, one);
    expect(await start(db, one)).toContain(`The missing key has the id ${idOf(two)}`);
    expect(await start(db, one, two)).toBeNull();
  });

  test('is refused with the earlier key after the command that encrypts again, before any server had the new key', async () => {
    const { db, enable } = await open();
    await start(db, one);
    await enable(one);
    const { tools } = await startGateway({ db, keys: createKeyRing(two, [one]) });
    await reseal(tools, () => undefined);
    expect(await start(db, one)).toContain(`The missing key has the id ${idOf(two)}`);
  });

  test('is refused with another key also after secrets were to be encrypted again with that one', async () => {
    const { db } = await open();
    await start(db, one);
    const { tools } = await startGateway({ db, keys: createKeyRing(two, []) });
    await reseal(tools, () => undefined);
    expect(await start(db, two)).toContain(`APP_KEY is not the key of this database. The missing key has the id ${idOf(one)}`);
  });

  test('with a key that sealed nothing leaves no trace', async () => {
    const { db, enable } = await open();
    await start(db, one);
    await enable(one);
    expect(await start(db, three, one)).toBeNull();
    expect(await start(db, one)).toBeNull();
    expect(await start(db, one)).toBeNull();
  });

  test('on a database of a release without checks looks at its secrets', async () => {
    const { db, enable } = await open();
    await enable(one);
    expect(await start(db, two)).toContain(`The missing key has the id ${idOf(one)}`);
    expect(await start(db, two, one)).toBeNull();
    expect(await start(db, two)).toContain(`The missing key has the id ${idOf(one)}`);
  });
});
