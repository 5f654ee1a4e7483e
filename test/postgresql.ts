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

export function createDatabase(server: string, database: string, template = 'template1'): Promise<void> {
  return runOn(server, `CREATE DATABASE "${database}" TEMPLATE "${template}"`);
}

export function dropDatabase(server: string, database: string): Promise<void> {
  return runOn(server, `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
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
