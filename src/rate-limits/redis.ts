import { setTimeout as sleep, setImmediate as yieldToSockets } from 'node:timers/promises';

/** A connection to Redis that reconnects by itself. */
export type RedisConnection = {
  readonly client: Awaited<ReturnType<typeof makeClient>>;
  /** What the names of all counters begin with. */
  readonly prefix: string;
  /**
   * Sends commands and waits for their answer, a quarter of a second at most. After the first answer that is late or an error, none
   * is sent until Redis accepts a write again.
   * @throws what the client throws, and RedisUnavailable.
   */
  send<Answer>(commands: () => Promise<Answer>): Promise<Answer>;
  isAvailable(): boolean;
  close(): void;
};

/** Redis does not answer, or not in time. */
class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
  constructor() {
    super(`no answer in ${answerMsMax} ms`);
  }
}

const prefix = 'gateway';
const probeKey = `${prefix}:probe`;
const connectTimeoutMs = 2_000;
const reconnectMsMax = 5_000;
/** A request waits for this answer. */
const answerMsMax = 250;
/** It is available again with an answer that is well within the limit: one at the limit would be lost and back in turn. */
const soonMs = 100;
const probeMs = 250;
// A connection without requests is watched by these.
const pingMs = 1_000;
const silenceMs = 2_500;

/**
 * Connects to Redis. While it is unavailable, commands fail at once, and each process counts alone.
 * @param onLost is called once for each time that it becomes unavailable, also for one that is unavailable at first.
 * @param onBack is called when it is available again.
 */
export async function connectRedis(
  url: string,
  onLost: (error: Error) => void,
  onBack: () => void = () => undefined,
): Promise<RedisConnection> {
  const client = await makeClient(url);
  const closing = new AbortController();
  let isLost = false;
  const isAvailable = () => client.isReady && !isLost;
  const lose = (error: Error) => {
    if (isLost || closing.signal.aborted) return;
    isLost = true;
    onLost(error);
    void probe();
  };
  const probe = async () => {
    while (!closing.signal.aborted) {
      const askedAt = performance.now();
      // A write, because one that is a replica, or out of memory or disk, answers PING and counts nothing.
      const write = () => client.set(probeKey, '', { expiration: { type: 'EX', value: 1 } });
      const isWritten = client.isReady && (await inTime(write()).then(always(true), always(false)));
      if (isWritten && performance.now() - askedAt < soonMs) break;
      await sleep(probeMs, undefined, { ref: false });
    }
    if (closing.signal.aborted) return;
    isLost = false;
    onBack();
  };
  client.on('error', lose);
  const ready = new Promise((resolve) => client.once('ready', resolve));
  void client.connect().catch(lose);
  await Promise.race([ready, sleep(connectTimeoutMs, undefined, { ref: false })]);
  return {
    client,
    prefix,
    send: async (commands) => {
      if (!isAvailable()) throw new RedisUnavailable();
      return inTime(commands()).catch((error) => {
        lose(error);
        throw error;
      });
    },
    isAvailable,
    close: () => {
      closing.abort();
      client.destroy();
    },
  };
}

/** Waits for an answer. One that arrived while the event loop was busy is in time. @throws RedisUnavailable */
function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => void yieldToSockets().then(() => reject(new RedisUnavailable())), answerMsMax);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function always<Value>(value: Value): () => Value {
  return () => value;
}

async function makeClient(url: string) {
  // A quarter of a second of every start that needs no Redis.
  const { createClient } = await import('@redis/client');
  return createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: pingMs,
    socket: {
      socketTimeout: silenceMs,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (tries) => Math.min(tries * 100, reconnectMsMax),
    },
  });
}
