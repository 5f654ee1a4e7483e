import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createKeyRing } from '../src/crypto/keys.ts';
import { keyedHashes } from '../src/crypto/token.ts';
import { startWithCommands } from './commands-store.ts';
import { codeFor, startGateway } from './harness.ts';

const { gateway, db, key, runWith } = await startWithCommands();
const newKey = randomBytes(32);
const encode = (bytes: Uint8Array) => `base64:${Buffer.from(bytes).toString('base64')}`;

/** Runs `reseal` under some keys. @returns its JSON document and what it says on stderr. */
async function reseal(current: Uint8Array, previous: Uint8Array[] = []) {
  const env = { APP_KEY: encode(current), APP_PREVIOUS_KEYS: previous.map(encode).join(',') };
  const { code, stdout, stderr } = await runWith(env, 'reseal --json');
  expect(code).toBe(0);
  const [line = '', ...sentences] = stderr.trimEnd().split('\n');
  return { json: JSON.parse(stdout), logged: JSON.parse(line), sentences };
}

test('reseal ends the change of a key: afterwards the earlier key opens nothing, and nothing needs it', async () => {
  const [person, other, waiting] = [await gateway.createPerson(), await gateway.createPerson(), await gateway.createPerson()];
  const { secret } = await gateway.enableTwoFactor(person);
  await gateway.enableTwoFactor(other);
  const pending = (await gateway.rest('GET', '/account/two-factor', waiting)).body.data.secret;
  const sealed = async () => [
    ...(await db.twoFactor.findMany({ orderBy: { accountId: 'asc' } })).map((row) => row.secret),
    ...(await db.twoFactorSetup.findMany({ where: { accountId: waiting.id } })).map((row) => row.secret),
  ];
  const before = await sealed();
  const missing = await reseal(newKey);
  expect([missing.json, missing.sentences]).toEqual([
    { resealed: 0, left: 3 },
    [expect.stringMatching(/^Neither APP_KEY nor a key of APP_PREVIOUS_KEYS decrypts 3 of the secrets\./)],
  ]);
  expect(await sealed()).toEqual(before);
  const first = await reseal(newKey, [key]);
  expect([first.json, first.sentences]).toEqual([{ resealed: 3, left: 0 }, []]);
  expect(first.logged).toMatchObject({ event: 'secrets.resealed', resealed: 3, left: 0, by: 'operator' });
  const { current } = createKeyRing(newKey, []);
  expect((await sealed()).every((value) => value?.startsWith(`v1.${current.id}.`))).toBe(true);
  expect((await reseal(newKey)).json).toEqual({ resealed: 0, left: 0 });
  expect((await reseal(key)).json).toEqual({ resealed: 0, left: 3 });
  // The same secrets, sealed for their accounts: the owner signs in with a code, and confirms the pending secret.
  const later = await startGateway({ db, keys: createKeyRing(newKey, []) });
  later.clock.advance((gateway.clock.now().getTime() - later.clock.now().getTime()) / 1000 + 60);
  const body = { code: codeFor(secret, later.clock.now()), password: person.password };
  expect((await later.rest('POST', '/account/two-factor', { token: person.token, body })).status).toBe(200);
  const confirmation = { code: codeFor(pending, later.clock.now()), password: waiting.password };
  expect((await later.rest('POST', '/account/two-factor', { token: waiting.token, body: confirmation })).status).toBe(200);
});

test('reseal counts the recovery tokens of an earlier release as left, and says that the earlier key must be kept', async () => {
  const person = await gateway.createPerson();
  const tokenHash = keyedHashes(createKeyRing(key, []), 'A'.repeat(24))[0];
  await db.recoveryToken.create({ data: { accountId: person.id, tokenHash, createdAt: new Date() } });
  const { json, sentences } = await reseal(newKey, [key]);
  expect(json.left).toBe(1);
  expect(sentences).toEqual([
    expect.stringMatching(/^Recovery tokens of an earlier release .*: 1\. Keep the earlier keys in APP_PREVIOUS_KEYS until none is left/),
  ]);
});

test('reseal reads any number of secrets in portions, and shows its progress', async () => {
  await db.$executeRaw`INSERT INTO accounts (uuid, username, username_folded, email, email_folded, password_hash, created_at)
    SELECT gen_random_uuid(), name, name, name, name, 'x', now() FROM generate_series(1, 1001) n, concat('many', n) name`;
  await db.$executeRaw`INSERT INTO two_factor (account_id, secret) SELECT id, 'v1.00000000.AAAA' FROM accounts WHERE username LIKE 'many%'`;
  const { stdout, stderr } = await runWith({ APP_KEY: encode(newKey) }, 'reseal --json');
  expect([JSON.parse(stdout).left, stderr]).toEqual([1002, expect.stringContaining('Read 1000 secrets.\n')]);
});
