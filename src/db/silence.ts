import { setTimeout as sleep, setImmediate as yieldToSockets } from 'node:timers/promises';
import pg from 'pg';
import { describeConnection } from './postgresql.ts';
import { cut } from './request-time.ts';

const intervalMs = 500;
/** With the interval before it: a server is silent two seconds at most after its last answer. */
const answerMsMax = 1_500;

/**
 * Watches a server on a connection of its own. One that accepts and never answers, or a network that became silent, would hold
 * each request until the time limit of its statement. While a server is silent, the connections of the pool are closed, which
 * answers what waits for them, and no other is opened.
 * @returns what ends the watch.
 */
export function watchForSilence(pool: pg.Pool, url: string): () => Promise<void> {
  const connections = new Set<pg.ClientBase>();
  pool.on('connect', (connection) => void connections.add(connection));
  pool.on('remove', (connection) => void connections.delete(connection));
  const refusing = refuseConnections(pool);
  const ending = new AbortController();
  const watching = watch(url, ending.signal, (isSilent) => {
    refusing.set(isSilent);
    if (isSilent) connections.forEach(cut);
  });
  return async () => {
    ending.abort();
    await watching;
  };
}

async function watch(url: string, ending: AbortSignal, report: (isSilent: boolean) => void): Promise<void> {
  let probe: pg.Client | null = null;
  while (!ending.aborted) {
    const isNew = probe === null;
    probe ??= new pg.Client(describeConnection(url)).on('error', () => undefined);
    const answer = await ask(probe, isNew);
    report(answer === 'late');
    if (answer !== 'came') {
      cut(probe);
      probe = null;
    }
    // A silent server is asked again at once: it is available with its first answer.
    if (answer !== 'late') await sleep(intervalMs, undefined, { signal: ending, ref: false }).catch(() => undefined);
  }
  await probe?.end().catch(() => undefined);
}

/** `failed`: the server refuses or ends the connection, so it is not silent. */
async function ask(probe: pg.Client, isNew: boolean): Promise<'came' | 'failed' | 'late'> {
  const asked = (isNew ? probe.connect() : Promise.resolve())
    .then(() => probe.query('SELECT 1'))
    .then(
      () => 'came' as const,
      () => 'failed' as const,
    );
  const late = () => Promise.resolve('late' as const);
  const first = await Promise.race([asked, sleep(answerMsMax, undefined, { ref: false }).then(late)]);
  if (first !== 'late') return first;
  // An answer that arrived while the event loop was busy is read before the server is called silent.
  await yieldToSockets();
  return Promise.race([asked, late()]);
}

/** Lets a pool refuse every connection at once, while it is set. The words are the driver's for a lost connection. */
function refuseConnections(pool: pg.Pool): { set(isRefusing: boolean): void } {
  type Callback = (error: Error, connection: undefined, release: () => void) => void;
  const connect = pool.connect.bind(pool);
  const refuse = (callback?: Callback): unknown => {
    const error = new Error('Connection terminated: the database does not answer');
    return callback ? callback(error, undefined, () => undefined) : Promise.reject(error);
  };
  return {
    set: (isRefusing) => {
      Reflect.set(pool, 'connect', isRefusing ? refuse : connect);
    },
  };
}
