import { AsyncLocalStorage } from 'node:async_hooks';
import { connect as connectSocket } from 'node:net';
import type pg from 'pg';

/** The time of a request, and the connections that it holds. When it is over, the request gets no connection any more. */
export type RequestTime = {
  isOver: boolean;
  readonly connections: Set<pg.PoolClient>;
  /** Called when it is over: of work that it shares with other requests. */
  readonly ends: Set<() => void>;
};

const current = new AsyncLocalStorage<RequestTime | undefined>();

export function createRequestTime(): RequestTime {
  return { isOver: false, connections: new Set(), ends: new Set() };
}

/** The time of the request that runs; undefined where none does. */
export function currentTime(): RequestTime | undefined {
  return current.getStore();
}

/** Runs work whose statements end with the time of a request. */
export function runInTime<Result>(time: RequestTime | undefined, work: () => Result): Result {
  return current.run(time, work);
}

/** Runs work that a request begins and does not own: for other requests too, or after its answer. */
export function runOutOfTime<Result>(work: () => Result): Result {
  return current.run(undefined, work);
}

/** The time of work that several requests share: it is over when that of each is; never where one has no time. */
export function joinTimes(times: readonly (RequestTime | undefined)[]): RequestTime | undefined {
  const running = new Set(times);
  const [first] = times;
  if (running.size < 2 || running.has(undefined)) return running.size < 2 ? first : undefined;
  const joined = createRequestTime();
  for (const time of running) {
    time?.ends.add(() => {
      running.delete(time);
      if (running.size === 0) endTime(joined);
    });
  }
  return joined;
}

/**
 * Ends the time of a request: its statements end, here and on the server, and its transactions are rolled back. A connection
 * serves no other request afterwards, whose statement the server would end by mistake.
 */
export function endTime(time: RequestTime): void {
  time.isOver = true;
  for (const end of time.ends) end();
  for (const connection of time.connections) {
    cancelStatement(connection);
    cut(connection);
  }
}

/** Lets a pool note which connections a request holds. */
export function followRequests(pool: pg.Pool): pg.Pool {
  type Callback = Parameters<typeof connect>[0];
  const holders = new WeakMap<pg.PoolClient, RequestTime>();
  const connect = pool.connect.bind(pool);
  const connectInTime = (time: RequestTime, callback: Callback) => {
    const refuse = () => callback(new Error('Connection terminated: the time of the request is over'), undefined, () => undefined);
    if (time.isOver) return refuse();
    // What the connection calls later is not of this request.
    runOutOfTime(() =>
      connect((error, connection, release) => {
        if (!connection) return callback(error, connection, release);
        if (time.isOver) {
          release();
          return refuse();
        }
        holders.set(connection, time);
        time.connections.add(connection);
        callback(error, connection, release);
      }),
    );
  };
  const follow = (callback?: Callback): unknown => {
    const time = current.getStore();
    if (!time) return callback ? connect(callback) : connect();
    if (callback) return connectInTime(time, callback);
    return new Promise((resolve, reject) => connectInTime(time, (error, connection) => (connection ? resolve(connection) : reject(error))));
  };
  Reflect.set(pool, 'connect', follow);
  return pool.on('release', (_error, connection) => void holders.get(connection)?.connections.delete(connection));
}

/** Closes a connection without a word to the server, which reads none while it runs a statement. */
export function cut(connection: pg.ClientBase): void {
  const { stream } = Reflect.get(connection, 'connection');
  stream.destroy();
}

const cancelMsMax = 2_500;
const [cancelBytes, cancelCode] = [16, 80_877_102];

/**
 * Asks the server to end the statement of a connection: on another one, without TLS, as libpq did until release 17. Where it
 * cannot be asked, the time limit of the statement ends it.
 */
function cancelStatement(connection: pg.PoolClient): void {
  const read = (key: string): unknown => Reflect.get(connection, key);
  const [host, port] = [String(read('host')), Number(read('port'))];
  const message = Buffer.alloc(cancelBytes);
  message.writeInt32BE(cancelBytes, 0);
  message.writeInt32BE(cancelCode, 4);
  message.writeInt32BE(Number(read('processID')), 8);
  message.writeInt32BE(Number(read('secretKey')), 12);
  const socket = host.startsWith('/') ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
  socket.on('error', () => undefined).setTimeout(cancelMsMax, () => socket.destroy());
  socket.end(message);
}
