import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { createKeyRing } from '../src/crypto/keys.ts';
import { connect } from '../src/db/database.ts';
import { afterwards } from './afterwards.ts';
import { runHere } from './commands.ts';
import { remember, startGateway } from './harness.ts';
import { createMigratedDatabase } from './processes.ts';

/** A gateway on an empty database, at the present time, and the commands of an operator beside it. */
export async function startWithCommands(env: Record<string, string> = {}) {
  const url = await createMigratedDatabase();
  const key = randomBytes(32);
  const db = remember(connect(url, () => undefined));
  const gateway = await startGateway({ db, keys: createKeyRing(key, []), env: { LIMIT_SIGN_INS_PER_MINUTE: '0', ...env } });
  afterwards(() => db.$disconnect());
  gateway.clock.advance(Math.floor((Date.now() - gateway.clock.now().getTime()) / 1000));
  const commandEnv = { DATABASE_URL: url, APP_KEY: `base64:${key.toString('base64')}`, ...env };
  const cli = (words: string, stdin: string | Buffer = '') => runHere(words.split(' '), commandEnv, stdin);
  /** Runs a command with other variables. */
  const runWith = (changed: Record<string, string>, words: string) => runHere(words.split(' '), { ...commandEnv, ...changed });
  /** Runs a command that succeeds. @returns its JSON document. */
  const json = async (words: string, stdin = '') => {
    const { code, stdout, stderr } = await cli(`${words} --json`, stdin);
    expect([words, code, stderr]).toEqual([words, 0, '']);
    return JSON.parse(stdout);
  };
  /** Runs a command that is refused. @returns the reason. */
  const refused = async (words: string, stdin = '') => {
    const { code, stdout, stderr } = await cli(`${words} --json`, stdin);
    expect([words, code, stdout]).toEqual([words, 1, '']);
    return stderr.trimEnd();
  };
  /** The rows that the operator left in the activity of an account, newest last. */
  const rowsOf = async ({ id }: { id: number }) => {
    const where = { accountId: id, properties: { path: ['by'], equals: 'operator' } };
    return db.activity.findMany({ where, orderBy: { id: 'asc' }, select: { event: true, actorId: true, properties: true } });
  };
  return { db, gateway, key, url, env: commandEnv, cli, runWith, json, refused, rowsOf };
}
