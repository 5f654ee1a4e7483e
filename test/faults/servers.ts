import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insertPeople, type Person } from './people.ts';
import { createPostgresql, type Postgresql, query } from './postgresql.ts';
import { type Instance, prepareInstance, prepareRedis, type Service } from './processes.ts';
import { type NetworkProxy, startProxy } from './proxy.ts';

/** Two gateways on one PostgreSQL server and on one Redis where the machine has it, each behind a proxy. */
export type Servers = {
  readonly postgresql: Postgresql;
  readonly proxy: NetworkProxy;
  readonly redis: Service | null;
  /** In front of Redis. */
  readonly redisProxy: NetworkProxy | null;
  readonly instances: readonly [Instance, Instance];
  readonly people: readonly Person[];
  /** The URL of the database, without the proxy. */
  readonly url: string;
  stop(): Promise<void>;
};

const database = 'gateway';

/** Limits that no load here reaches, and that are counted in Redis all the same. */
const limits = {
  LIMIT_REQUESTS_PER_MINUTE: '1000000',
  LIMIT_WRONG_SECRETS_PER_15_MINUTES: '1000000',
  LIMIT_WRONG_SECRETS_PER_DAY: '1000000',
  LIMIT_SIGN_INS_PER_MINUTE: '1000000',
  LIMIT_EMAIL_CHANGES_PER_DAY: '0',
  LIMIT_API_KEYS: '0',
  LIMIT_SSH_KEYS: '0',
  LIMIT_SESSIONS: '0',
};

/** Starts them all, and inserts accounts. */
export async function startServers(accounts: number): Promise<Servers> {
  const postgresql = await createPostgresql();
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-faults-'));
  const proxy = await startProxy({ path: postgresql.socket }, 40);
  const redis = await prepareRedis();
  const redisProxy = redis && (await startProxy({ host: '127.0.0.1', port: redis.port }, 150));
  const env = {
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${proxy.port}/${database}`,
    DATA_DIR: dataDir,
    APP_KEY: `base64:${randomBytes(32).toString('base64')}`,
    ...(redisProxy ? { REDIS_URL: `redis://127.0.0.1:${redisProxy.port}` } : {}),
    ...limits,
  };
  const instances = [await prepareInstance(env), await prepareInstance(env)] as const;
  const stop = async () => {
    await Promise.all(instances.map((instance) => instance.stop('SIGKILL')));
    await redis?.stop('SIGKILL');
    proxy.close();
    redisProxy?.close();
    await postgresql.remove();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await postgresql.start();
    await query(postgresql.url('postgres'), `CREATE DATABASE ${database}`);
    await redis?.start();
    await Promise.all(instances.map((instance) => instance.start()));
    const url = postgresql.url(database);
    return { postgresql, proxy, redis, redisProxy, instances, url, stop, people: await insertPeople(url, 'person', accounts) };
  } catch (error) {
    await stop();
    throw error;
  }
}
