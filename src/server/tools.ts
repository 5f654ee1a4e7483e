import { availableParallelism } from 'node:os';
import { createActivityFeed } from '../account/activity/feed.ts';
import type { Tools } from '../account/actor.ts';
import type { Counts } from '../account/counts.ts';
import { refoldEmails } from '../account/profile/refold.ts';
import { createHashKinds } from '../account/sessions/hash-kinds.ts';
import { createUses, writeKeyUses, writeSessionUses } from '../account/uses.ts';
import type { Config } from '../config/config.ts';
import { readOrMakeKeyFile } from '../crypto/key-file.ts';
import { createKeyRing, type KeyRing } from '../crypto/keys.ts';
import { defaultPasswordCost, type PasswordCost } from '../crypto/password-hash.ts';
import { createPasswordStrength } from '../crypto/password-strength.ts';
import { type Connections, openDatabase } from '../db/database.ts';
import { hasEmbeddedDatabase, prepareDataFolder } from '../db/embedded/home.ts';
import { readGatewayId } from '../db/gateway-id.ts';
import { reasonsOf } from '../db/unavailable.ts';
import { createBudget } from '../rate-limits/budget.ts';
import { createGuessCounters } from '../rate-limits/guess-counters.ts';
import { createQueue } from '../rate-limits/queue.ts';
import { connectRedis, type RedisConnection } from '../rate-limits/redis.ts';
import { createRefusedUses } from '../rate-limits/refused-uses.ts';
import { createTurns } from '../rate-limits/turns.ts';
import { type Background, createBackground } from './background.ts';

/** Is given what no caller receives. */
export type ToolLog = {
  info(message: string): void;
  warn(message: string, error?: unknown): void;
  /** A security event: a line of its own. */
  event(line: Readonly<Record<string, unknown>>): void;
  readonly counts: Counts;
  /** Is given the seconds that a password waited in the queue before it was hashed. */
  countHashingWait(seconds: number): void;
};

const nothing = () => undefined;

/** Logs and counts nothing. */
export const silentLog: ToolLog = {
  info: nothing,
  warn: nothing,
  event: nothing,
  counts: { signIn: nothing, lockOut: nothing, rateLimited: nothing },
  countHashingWait: nothing,
};

/** What the tools are made of. */
export type ToolParts = {
  readonly config: Config;
  readonly connections: Connections;
  readonly keys: KeyRing;
  readonly passwordCost: PasswordCost;
  /** Where limits are shared; null: in this process. */
  readonly redis: RedisConnection | null;
  readonly now?: () => Date;
};

/** Tools in use. */
export type MadeTools = {
  readonly tools: Tools;
  readonly redis: RedisConnection | null;
  readonly background: Background;
  readonly countConnections: Connections['count'];
  /** Waits for the background, and writes what is noted. */
  settle(): Promise<void>;
  close(): Promise<void>;
};

/** The tools on an open database. */
export type OpenTools = MadeTools & {
  /** Names of the migrations that opening applied. */
  readonly appliedMigrations: readonly string[];
  /** Sentences for the operator about where the database is kept. */
  readonly notes: readonly string[];
  /** Sentences for the operator about accounts that need a change. */
  readonly warnings: readonly string[];
};

const usesIntervalMs = 1_000;
/** About a second of hashing may wait; a caller who would wait longer is refused at once. */
const hashingWaitMsMax = 1_000;
const minuteSeconds = 60;

/**
 * Opens the database that the configuration names, brings it up to date and puts the tools on it.
 * @param prepare runs once the tables are there, before any other instance may do the same.
 * @throws ConfigError, DatabaseUnusable.
 */
export async function openTools(
  config: Config,
  log: ToolLog,
  prepare = async (_tools: Tools): Promise<void> => undefined,
): Promise<OpenTools> {
  const keys = readKeys(config);
  const redis =
    config.redisUrl === undefined
      ? null
      : await connectRedis(
          config.redisUrl,
          (error) => log.warn(`Redis is unavailable, each instance counts its limits alone: ${reasonsOf(error).join('; ')}`),
          () => log.info('Redis is available again'),
        );
  const build = async (connections: Connections) => {
    // Another database has other accounts by the same numbers.
    const own = redis && { ...redis, prefix: `gateway:${await readGatewayId(connections.db)}` };
    return createTools({ config, connections, keys, redis: own, passwordCost: defaultPasswordCost }, log);
  };
  let made: MadeTools | undefined;
  let warnings: readonly string[] = [];
  const database = await openDatabase(
    config.database,
    (error) => log.warn('the database went away', error),
    async (connections) => {
      warnings = await refoldEmails(connections.db);
      made = await build(connections);
      await prepare(made.tools);
    },
    {
      isMigrating: config.isMigratedOnStart,
      limits: config.pool,
      onMigrationWait: (name) => log.warn(`the migration ${name} waits for a lock that another connection has, and is tried again`),
    },
  ).catch((error) => {
    redis?.close();
    throw error;
  });
  const opened = made ?? (await build(database));
  return {
    ...opened,
    appliedMigrations: database.appliedMigrations,
    notes: database.notes,
    warnings,
    close: async () => {
      await opened.close();
      await database.close();
      redis?.close();
    },
  };
}

/** Puts the tools on a database that is open and migrated. */
export function createTools({ config, connections, keys, passwordCost, redis, now }: ToolParts, log: ToolLog): MadeTools {
  const { limits } = config;
  const { db, sql, transact } = connections;
  const background = createBackground(log.warn);
  const keyUses = createUses(writeKeyUses(db));
  const sessionUses = createUses(writeSessionUses(db));
  background.repeat(keyUses.flush, usesIntervalMs, 'last uses of API keys were not written');
  background.repeat(sessionUses.flush, usesIntervalMs, 'last uses of sessions were not written');
  const strength = createPasswordStrength();
  const hashing = createQueue(availableParallelism(), hashingWaitMsMax, (waitedMs) => log.countHashingWait(waitedMs / 1_000));
  const { sessionLifetime } = config;
  const timed = { db, sessionUses, sessionLifetime, now: now ?? (() => new Date()) };
  const tools: Tools = {
    ...timed,
    sql,
    transact,
    // While one changes the account, the next one waits for the lock.
    inTurn: createTurns(2),
    readInTurn: createTurns(1),
    keyUses,
    feed: createActivityFeed(timed, (error) => log.warn('new activity was not read', error)),
    keys,
    passwordCost,
    limits,
    guessCounters: createGuessCounters(redis, timed.now),
    signIns: createBudget(redis, 'sign-ins', limits.signInsPerMinute, minuteSeconds),
    unknownKeys: createBudget(redis, 'unknown-keys', limits.unknownKeysPerMinute, minuteSeconds),
    refusedUses: createRefusedUses(),
    strength,
    passwordScoreMin: config.passwordScoreMin,
    measuring: createQueue(1, hashingWaitMsMax),
    hashing,
    hashKinds: createHashKinds({ db, keys, passwordCost, hashing, inBackground: background.start }),
    inBackground: background.start,
    counts: log.counts,
    logEvent: log.event,
    issuer: config.appName,
  };
  const flush = () => Promise.allSettled([keyUses.flush(), sessionUses.flush()]);
  const settle = async () => {
    await background.settle();
    await flush();
  };
  const close = async () => {
    await tools.feed.close();
    await background.close();
    await strength.close();
    await flush();
  };
  return { tools, redis, background, countConnections: connections.count, settle, close };
}

/** Reads the keys; makes one at the first start on an embedded database. @throws ConfigError */
export function readKeys({ appKey, appPreviousKeys, database }: Config): KeyRing {
  if (appKey) return createKeyRing(appKey, appPreviousKeys);
  if (database.kind === 'postgresql') throw new Error('APP_KEY is checked when the configuration is read');
  prepareDataFolder(database.dataDir);
  return createKeyRing(readOrMakeKeyFile(database.dataDir, hasEmbeddedDatabase(database.dataDir)), appPreviousKeys);
}
