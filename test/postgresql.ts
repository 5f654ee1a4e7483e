import pg from 'pg';
import { describeConnection } from '../src/db/postgresql.ts';

/** The same server, another database. */
export function inDatabase(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** The database that the test files of a worker share. Workers are numbered from 1. */
export function nameSharedDatabase(template: string, worker: number | string): string {
  return `${template}_${worker}`;
}

export async function createDatabase(server: string, database: string, template = 'template1'): Promise<void> {
  await keepPool(server).query(`CREATE DATABASE "${database}" TEMPLATE "${template}"`);
}

export async function dropDatabase(server: string, database: string): Promise<void> {
  await keepPool(server).query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
}

const pools = new Map<string, pg.Pool>();

/** Connections to a server that are kept: to open one takes a third of the time in which a database is copied. */
function keepPool(server: string): pg.Pool {
  const kept = pools.get(server);
  if (kept) return kept;
  const pool = new pg.Pool({ ...describeConnection(server), connectionTimeoutMillis: 0, max: 2, allowExitOnIdle: true });
  pools.set(server, pool);
  return pool.on('error', () => undefined);
}

/** Runs one statement as it stands. */
export async function runOn(url: string, sql: string): Promise<void> {
  await queryOn(url, sql);
}

/** Runs one statement and answers its rows. */
export async function queryOn(url: string, sql: string) {
  const client = new pg.Client(describeConnection(url));
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
