/** A connection to Redis that reconnects by itself. */
export type RedisConnection = {
  readonly client: Awaited<ReturnType<typeof makeClient>>;
  /** What the names of all counters begin with. */
  readonly prefix: string;
  close(): void;
};

const connectTimeoutMs = 2_000;
const reconnectMsMax = 5_000;
// A server that does not answer soon counts as unavailable: a request waits for its answer.
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
  let isLost = false;
  const onError = (error: Error) => {
    if (isLost) return;
    isLost = true;
    onLost(error);
  };
  client.on('error', onError).on('ready', () => {
    if (isLost) onBack();
    isLost = false;
  });
  const ready = new Promise((resolve) => client.once('ready', resolve));
  void client.connect().catch(onError);
  await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, connectTimeoutMs).unref())]);
  return { client, prefix: 'gateway', close: () => client.destroy() };
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
