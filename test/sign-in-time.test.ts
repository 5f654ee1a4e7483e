import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { disableAccount } from '../src/account/operator/changes.ts';
import { chooseKind, kindOf, makeDecoy } from '../src/crypto/hash-kinds.ts';
import { hashPassword, verifyPassword } from '../src/crypto/password-hash.ts';
import { cheapCost, startGateway } from './harness.ts';
import { createWatchedDatabase } from './watched-database.ts';

const env = { LIMIT_SIGN_INS_PER_MINUTE: '0', LIMIT_WRONG_SECRETS_PER_15_MINUTES: '0', LIMIT_WRONG_SECRETS_PER_DAY: '0' };
const gateway = await startGateway({ ownDatabase: true, env });
const bcryptHash = '$2y$10$mNT4bjYK4S8RaUftEoZOOO78gCUh1knPhnxiBbZinqAY3PInl6VSS';

const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on Error { code message } } }';

/** Signs in with a wrong password. @returns the milliseconds, and the whole answer without the id of the request. */
async function tryWrong(login: string, from = gateway) {
  const startedAt = performance.now();
  const { headers, ...answer } = await from.graphql(query, { input: { login, password: 'wrong horse' } });
  const milliseconds = performance.now() - startedAt;
  const sent = [...headers].filter(([name]) => name !== 'x-request-id');
  return { milliseconds, answer: JSON.stringify([answer, sent]) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

test('over sixty tries or more, an unknown login, an account, an imported and a disabled one are answered alike, and after the same time', async () => {
  const [account, imported] = [await gateway.createPerson(), await gateway.createPerson()];
  const disabled = await gateway.createPerson({ password: 'wrong horse' });
  await disableAccount(gateway.tools, disabled.username);
  // Sixty times seven tries: a cost at which one hash takes a few tens of milliseconds.
  await gateway.db.account.update({ where: { id: imported.id }, data: { passwordHash: makeDecoy('$2y$08') } });
  const logins = {
    'a username of no account': 'nobody',
    'an address of no account': 'nobody@example.com',
    'an account': account.username,
    'its address': account.email,
    'an imported account': imported.username,
    'its address too': imported.email,
    'a disabled account, whose password it is,': disabled.username,
  };
  const times = new Map(Object.keys(logins).map((name) => [name, [] as number[]]));
  const answers = new Set<string>();
  const tryEach = async () => {
    for (const [name, login] of Object.entries(logins)) {
      const { milliseconds, answer } = await tryWrong(login);
      times.get(name)?.push(milliseconds);
      answers.add(answer);
    }
  };
  const compare = () => {
    const medians = [...times].map(([name, values]) => [name, median(values)] as const);
    for (const [name, milliseconds] of medians) console.log(`a wrong password for ${name}: ${milliseconds.toFixed(1)} ms`);
    return Math.max(...medians.map(([, ms]) => ms)) / Math.min(...medians.map(([, ms]) => ms));
  };
  // The hash of an imported account takes many times as long as that of the others. On a machine that is busy with other work, the
  // medians of more tries differ less, where the times do not.
  let ratio = Number.POSITIVE_INFINITY;
  for (let part = 0; part < 3 && ratio >= 1.5; part += 1) {
    for (let round = 0; round < 60; round += 1) await tryEach();
    ratio = compare();
  }
  expect(answers.size).toBe(1);
  expect(ratio).toBeLessThan(1.5);
});

describe('a decoy', () => {
  const hashes = [bcryptHash, bcryptHash.replace('$2y$10', '$2a$04'), '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'];

  test('has the kind of its model and is of no password', async () => {
    for (const hash of [...hashes, await hashPassword('password', cheapCost)]) {
      const kind = kindOf(hash) ?? '';
      const decoy = makeDecoy(kind);
      expect([kindOf(decoy), decoy.length, await verifyPassword(decoy, 'password')]).toEqual([kind, hash.length, false]);
    }
    expect(['', 'x', '$2y$10', '$2x$10$abc', '$argon2id$v=19$m=1', '$1$abc'].map(kindOf)).toEqual(Array(6).fill(null));
  });

  test('has a kind as often as accounts have it, and for one login the same each time', () => {
    const kinds = [
      { kind: 'a', share: 900 },
      { kind: 'b', share: 100 },
    ];
    const { keys } = gateway.tools;
    const chosen = Array.from({ length: 5_000 }, () => chooseKind(keys, kinds, randomUUID()));
    const share = chosen.filter((kind) => kind === 'b').length / chosen.length;
    expect([share > 0.06, share < 0.14]).toEqual([true, true]);
    expect(new Set(Array.from({ length: 20 }, () => chooseKind(keys, kinds, 'ada'))).size).toBe(1);
  });
});

test('an unknown login takes one place in the queue of hashes, as an account does', async () => {
  const fresh = await startGateway({ db: gateway.db, env });
  const person = await fresh.createPerson();
  const { hashing } = fresh.tools;
  // The kinds of hashes are read and measured once.
  await tryWrong('first', fresh);
  const run = hashing.run.bind(hashing);
  let pieces = 0;
  hashing.run = (work) => {
    pieces += 1;
    return run(work);
  };
  for (const login of [person.username, person.email, 'nobody', 'nobody@example.com', '', '\0', 'x'.repeat(400)]) {
    pieces = 0;
    await tryWrong(login, fresh);
    expect([login, pieces]).toEqual([login, 1]);
  }
  hashing.run = run;
});

test('while too many hashes wait, a sign-in is refused before it reads anything, to an account and to none', async () => {
  const { db, watching } = await createWatchedDatabase();
  const full = await startGateway({ db, env });
  const person = await full.createPerson();
  const held = Promise.withResolvers<void>();
  const run = () => full.tools.hashing.run(() => held.promise);
  const pieces = Array.from({ length: 1_000 }, () => run().catch(() => undefined));
  const sent: string[] = [];
  watching.watch = ({ sql }) => void sent.push(sql);
  for (const login of [person.username, person.email, 'nobody']) {
    const { data } = await full.graphql(query, { input: { login, password: person.password } });
    expect([login, data.signIn.__typename, sent]).toEqual([login, 'Overloaded', []]);
  }
  held.resolve();
  await Promise.all(pieces);
  const { data } = await full.graphql(query, { input: { login: person.username, password: person.password } });
  expect([data.signIn.__typename, sent.length > 0]).toEqual(['SignInPayload', true]);
});
