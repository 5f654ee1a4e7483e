import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import type { Actor, Visitor } from '../src/account/actor.ts';
import { guessesOfChange, guessesOfLogin } from '../src/account/guesses.ts';
import type { RequiredCredential } from '../src/account/operation.ts';
import { operations } from '../src/account/operations.ts';
import { Refusal } from '../src/account/refusals.ts';
import { startSession } from '../src/account/sessions/sessions.ts';
import { sqlOf } from '../src/db/sql.ts';
import { isUnavailable } from '../src/db/unavailable.ts';
import { afterwards } from './afterwards.ts';
import { prepareFailures } from './failures.ts';
import { type Person, startGateway } from './harness.ts';
import { type Case, cases, env, type Way } from './operation-cases.ts';
import { emptyQueue, type Prepare } from './preparations.ts';
import { createWatchedDatabase } from './watched-database.ts';

const database = await createWatchedDatabase();
const { db } = database;
const failWhere = await prepareFailures(database);
const gateway = await startGateway({ db, env });
const from = { ip: '192.0.2.7', userAgent: 'agent/1' };
const browser = { requestId: null, sessionToken: null, deviceToken: null, beginCommit: () => undefined };
const visitor: Visitor = { tools: gateway.tools, now: gateway.tools.now, network: from.ip, isAddressCertain: true, ...browser, ...from };

/** Another connection to the database. */
const other = new pg.Client(database.url);
await other.connect();
afterwards(() => other.end());

const listTables = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`;
const tables = (await other.query(listTables)).rows.map(({ name }): string => name);

afterEach(async () => {
  database.watching.watch = null;
  emptyQueue();
  await other.query('ROLLBACK');
  await other.query('DELETE FROM accounts');
});

type Kind = 'none' | 'apiKey' | 'session';
const kindsOf: Record<RequiredCredential, Kind[]> = { none: ['none'], any: ['apiKey', 'session'], session: ['session'] };

const deleteAccounts = 'DELETE FROM accounts';
const changePasswords = `UPDATE accounts SET password_hash = 'x'; DELETE FROM sign_in_challenges`;

/** Changes that are committed while an operation waits for the lock of its account, and the refusal that follows. */
const concurrentChanges = [
  ['its API key was deleted', 'DELETE FROM api_keys', 'apiKey', 'Unauthenticated'],
  ['its session was ended', 'DELETE FROM sessions', 'session', 'Unauthenticated'],
  ['the account was deleted', deleteAccounts, 'apiKey', 'Unauthenticated'],
  ['the account was deleted', deleteAccounts, 'none', 'InvalidCredentials'],
  ['the password was changed', changePasswords, 'session', 'IncorrectPassword'],
  ['the password was changed', changePasswords, 'none', 'InvalidCredentials'],
] as const;

/** Invalid values that a client can send in a field. */
const oddValues = [
  ...[undefined, null, true, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53],
  ...['', ' ', '\0', '\ud800', "' OR 1=1 --", '１٢3456', '🜚'.repeat(6), 'x'.repeat(300_000), 'é'.normalize('NFD').repeat(200)],
  ...[[], [null], ['\0'], [['x']], Array(60).fill('192.0.2.1')],
  ...[{}, { code: [] }, { code: '\0', recoveryToken: {} }, { recoveryToken: '\ud800' }],
];

for (const operation of operations) {
  const { ways, refusals, withoutLock }: Case<string> = cases[operation.name];
  const kinds = kindsOf[operation.requires.credential];
  const declared = operation.refusals.map(({ name }) => name);

  /** An account that is ready, and the operation that is about to run on it. */
  const begin = async (prepare: Prepare, kind = kinds.at(-1)) => {
    const person = await gateway.createPerson();
    const holder = await actAs(person, kind === 'session');
    const input = await prepare({ gateway, person, visitor, actor: holder });
    const actor = kind === 'none' ? null : holder;
    const run = (given: object = input): Promise<unknown> =>
      operation.run((actor ?? visitor) as never, given as never).then(() => null, catchError);
    const useUpGuesses = async () => {
      const present = { id: person.id, guessGeneration: 0 };
      const { counters } = actor ? guessesOfChange(actor, present) : guessesOfLogin(visitor, person.username, present, null);
      while ((await gateway.tools.guessCounters.take(counters)).waitSeconds === null);
    };
    return { person, input, run, useUpGuesses };
  };

  describe.each(Object.entries(ways))(
    `${operation.name} %s`,
    (_name, { input: prepare, leaves, leavesByKey = leaves, changesNothing }: Way) => {
      test.each(kinds)('writes its rows of activity, each once (credential: %s)', async (kind) => {
        const { person, run } = await begin(prepare, kind);
        const [before, last] = [await readState(), await db.activity.findFirst({ orderBy: { id: 'desc' } })];
        expect(await run()).toBeNull();
        const apiKeyIdentifier = kind === 'apiKey' ? person.identifier : null;
        const common = { accountId: person.id, actorId: person.id, apiKeyIdentifier, properties: {}, occurredAt: visitor.now(), ...from };
        const rows = await db.activity.findMany({ where: { id: { gt: last?.id ?? 0n } }, orderBy: { id: 'asc' } });
        expect(rows).toEqual((kind === 'apiKey' ? leavesByKey : leaves).map((row) => expect.objectContaining({ ...common, ...row })));
        if (changesNothing) expect(await readState()).toEqual(before);
      });

      test('writes nothing when any of its statements fails', async () => {
        const { run } = await begin(prepare);
        const before = await readState();
        for (let number = 1; ; number += 1) {
          const failed = failWhere(({ statement }) => statement === number, 'P0001');
          const error = await run();
          if (failed.count === 0) {
            expect([error, number > 1]).toEqual([null, true]);
            break;
          }
          expect(error).toBeInstanceOf(Error);
          expect(error).not.toBeInstanceOf(Refusal);
          expect(await readState(), `statement ${number}`).toEqual(before);
        }
      });

      if (withoutLock) return;

      test('is run again after a deadlock, at most twice', async () => {
        const { run } = await begin(prepare);
        const before = await readState();
        for (let number = 2; ; number += 1) {
          const failed = failWhere(({ statementOfTransaction }) => statementOfTransaction === number, '40P01');
          const error = await run();
          if (failed.count === 0) break;
          expect([failed.count, isUnavailable(error)], `statement ${number}`).toEqual([3, true]);
          expect(await readState(), `statement ${number}`).toEqual(before);
        }
      });

      test('is done once after two serialization failures', async () => {
        const { run } = await begin(prepare);
        const count = await db.activity.count();
        const failed = failWhere(({ sql, transaction }) => sql === 'COMMIT' && transaction <= 2, '40001');
        expect([await run(), failed.count]).toEqual([null, 2]);
        expect(await db.activity.count()).toBe(count + leaves.length);
      });

      const possible = concurrentChanges.filter(
        ([, , kind, refusal]) => kinds.includes(kind) && (refusal === 'Unauthenticated' || declared.includes(refusal)),
      );
      test.each(possible)('is refused where %s while it waited', async (_change, sql, kind, refusal) => {
        const { run } = await begin(prepare, kind);
        await other.query('BEGIN');
        await other.query('SELECT id FROM accounts FOR UPDATE');
        const running = run();
        await untilWaiting(running);
        await other.query(sql);
        const before = await readState();
        await other.query('COMMIT');
        expect(nameOf(await running)).toBe(refusal);
        expect(await readState()).toEqual(before);
      });
    },
  );

  const fields = Object.keys(operation.input.shape);
  if (fields.length === 0) continue;
  describe(`${operation.name} is refused`, () => {
    test.each(Object.entries(refusals))('with %s, and changes nothing', async (name, prepare) => {
      const { run, useUpGuesses } = await begin(prepare);
      if (name === 'RateLimited') await useUpGuesses();
      // The count of a challenge and the row of a failed sign-in outlive a wrong answer.
      const isCounted = name === 'InvalidCode';
      const before = await readState({ isCounted });
      const error = await run();
      await gateway.settle();
      expect(error).toBeInstanceOf(Refusal);
      expect([nameOf(error), declared]).toEqual([name, expect.arrayContaining([name])]);
      expect(await readState({ isCounted })).toEqual(before);
    });

    test.each(fields)('with a declared refusal only, for any value of `%s`', async (field) => {
      const [prepare = () => ({})] = Object.values(ways).map(({ input }) => input);
      let { input, run } = await begin(prepare);
      for (const value of oddValues) {
        await db.account.updateMany({ data: { guessGeneration: { increment: 1 } } });
        await db.signInChallenge.updateMany({ data: { attempts: 0 } });
        const error = await run({ ...input, [field]: value });
        if (error === null) ({ input, run } = await begin(prepare));
        else expect(declared, `${JSON.stringify(value)?.slice(0, 80)}: ${error}`).toContain(nameOf(error));
      }
    });
  });
}

async function actAs({ id, identifier }: Person, isSession: boolean): Promise<Actor> {
  if (isSession) return (await db.$transaction((transaction) => startSession(sqlOf(transaction), visitor, id))).actor;
  const apiKey = await db.apiKey.findUniqueOrThrow({ where: { identifier }, select: { id: true } });
  return {
    ...visitor,
    accountId: id,
    credential: { kind: 'apiKey', allowedIps: [], id: apiKey.id, identifier, familyId: apiKey.id, madeInSessionId: null },
  };
}

function catchError(error: unknown): unknown {
  return error;
}

function nameOf(error: unknown): unknown {
  return error instanceof Error ? error.name : error;
}

/** Every row of every table. */
async function readState({ isCounted = false } = {}): Promise<Record<string, unknown>> {
  const { rows } = await other.query(
    `SELECT * FROM ${tables.map((table) => `(SELECT json_agg(t ORDER BY t) ${table} FROM ${table} t) "${table}"`).join()}`,
  );
  if (isCounted) for (const challenge of rows[0].sign_in_challenges ?? []) delete challenge.attempts;
  if (isCounted) rows[0].activity = rows[0].activity?.filter(({ event }: { event: string }) => event !== 'auth:fail');
  return rows[0];
}

/** Waits until a statement waits for a lock. */
async function untilWaiting(running: Promise<unknown>): Promise<void> {
  let isOver = false;
  void running.then(() => {
    isOver = true;
  });
  const query = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await db.$queryRawUnsafe<unknown[]>(query)).length === 0) {
    if (isOver) throw new Error('the operation took no lock');
    await sleep(5);
  }
}
