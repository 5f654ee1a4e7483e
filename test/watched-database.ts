import { randomUUID } from 'node:crypto';
import type { SqlMigrationAwareDriverAdapterFactory, SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils';
import { inject } from 'vitest';
import { createClient, type Database } from '../src/db/database.ts';
import { adaptPostgresql } from '../src/db/postgresql.ts';
import { afterwards } from './afterwards.ts';
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
  const db = createClient(
    watchStatements(
      adaptPostgresql(url, () => undefined),
      watching,
    ),
  );
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

function toQuery(sql: string): SqlQuery {
  return { sql, args: [], argTypes: [] };
}
