import { randomUUID } from 'node:crypto';
import type { SqlMigrationAwareDriverAdapterFactory, SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils';
import { inject } from 'vitest';
import { type Connections, connect, type Database } from '../src/db/database.ts';
import type { Sql } from '../src/db/sql.ts';
import type { Transact } from '../src/db/transact.ts';
import { afterwards } from './afterwards.ts';
import { remember } from './harness.ts';
import { createDatabase, dropDatabase, inDatabase } from './postgresql.ts';

/**
 * Is called before a statement is sent.
 * @param send sends another statement first, on the same connection.
 */
export type Watch = (statement: SqlQuery, send: (sql: string) => Promise<unknown>) => Promise<void> | void;

type Watching = { watch: Watch | null };

/** Creates a database with a client that calls `watch`, where it is set, before each statement. */
export type WatchedDatabase = { readonly url: string; readonly db: Database; readonly watching: Watching };

export async function createWatchedDatabase(): Promise<WatchedDatabase> {
  const { server, template } = inject('postgresql');
  const name = `${template}_${randomUUID()}`;
  await createDatabase(server, name, template);
  const url = inDatabase(server, name);
  const watching: Watching = { watch: null };
  const connections = connect(
    url,
    () => undefined,
    (adapter) => watchStatements(adapter, watching),
  );
  const db = remember({
    ...connections,
    sql: watchSql(connections.sql, watching),
    transact: watchTransact(connections, watching),
  });
  afterwards(() => db.$disconnect().then(() => dropDatabase(server, name)));
  return { url, db, watching };
}

function watchStatements(factory: SqlMigrationAwareDriverAdapterFactory, watching: Watching) {
  return {
    ...factory,
    connect: async () => {
      const adapter = await factory.connect();
      const start = adapter.startTransaction.bind(adapter);
      const send = (sql: string) => adapter.executeRaw(toQuery(sql));
      adapter.startTransaction = async (isolationLevel) => {
        await watching.watch?.(toQuery('BEGIN'), send);
        return watchQueryable(await start(isolationLevel), watching);
      };
      return watchQueryable(adapter, watching);
    },
  };
}

function watchQueryable<Queryable extends SqlQueryable>(queryable: Queryable, watching: Watching): Queryable {
  const query = queryable.queryRaw.bind(queryable);
  const execute = queryable.executeRaw.bind(queryable);
  const announce = (statement: SqlQuery) => watching.watch?.(statement, (sql) => execute(toQuery(sql)));
  queryable.queryRaw = async (statement) => {
    await announce(statement);
    return query(statement);
  };
  queryable.executeRaw = async (statement) => {
    await announce(statement);
    return execute(statement);
  };
  return queryable;
}

/** Announces the message of BEGIN and the lock as BEGIN, before it is sent. */
function watchTransact({ sql: alone, transact }: Connections, watching: Watching): Transact {
  const announce = (text: string, on: Sql) => watching.watch?.(toQuery(text), (other) => on({ name: '', text: other }, []));
  return async (accountId, credential, work) => {
    await announce('BEGIN', alone);
    return transact(accountId, credential, async (sql, locked) => {
      const result = await work(watchSql(sql, watching), locked);
      await announce('COMMIT', sql);
      return result;
    });
  };
}

function watchSql(sql: Sql, watching: Watching): Sql {
  return async (statement, values) => {
    const args = values.map((value) => (value instanceof Date ? value.toISOString() : value));
    const send = (text: string) => sql({ name: '', text }, []);
    await watching.watch?.({ sql: statement.text, args, argTypes: [] }, send);
    return sql(statement, values);
  };
}

function toQuery(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] };
}
