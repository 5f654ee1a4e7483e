import type pg from 'pg';
import type { RequestTime } from './request-time.ts';

// The driver asks for a description of each result, and makes objects of it and of its rows. A statement of the program answers one
// value of JSON and needs none of that, and several can go in one message.

/** A statement of the program. Each connection prepares it once, by its name. */
export type Statement = { readonly name: string; readonly text: string };

type Parameter = string | Buffer | null;

/** A statement to send. */
export type Sent = {
  readonly statement: Statement;
  readonly parameters: Parameter[];
  /** Of the request that sends it. */
  readonly time: RequestTime | undefined;
  /** Is given the JSON of the row; null where there is no row. */
  resolve(json: string | null): void;
  reject(error: unknown): void;
};

/** How a message ended: the error of one of its statements or of the connection, and the statements that were not run for it. */
export type Outcome = { readonly error: Error | null; readonly unrun: readonly Sent[] };

/**
 * Sends statements in one message. The server runs them in turn, each on a snapshot of its own, up to the first that fails.
 * @param end is called when the server is ready for another message, or the connection is lost.
 */
export function sendMessage(client: pg.ClientBase, sent: readonly Sent[], end: (outcome: Outcome) => void): void {
  let at = 0;
  let json: string | null = null;
  let prepared: Prepared | null = null;
  let isEnded = false;
  const finish = (error: Error | null) => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(lateness);
    // After an error, the server prepares nothing that is in the rest of the message.
    if (error && prepared) prepared.awaited = [];
    if (error) sent[at]?.reject(error);
    end({ error, unrun: error ? sent.slice(at + 1) : [] });
  };
  // The driver calls these as the answer comes in.
  const message = {
    submit: (connection: pg.Connection) => {
      prepared = preparedOn.get(connection) ?? watchPreparing(connection);
      write(connection, prepared, sent);
    },
    handleDataRow: ({ fields }: { readonly fields: readonly (string | null)[] }) => {
      json ??= fields[0] ?? null;
    },
    handleCommandComplete: () => {
      sent[at]?.resolve(json);
      at += 1;
      json = null;
    },
    handleReadyForQuery: () => finish(null),
    handleError: finish,
  };
  const lateness = queryWithoutLimit(client, message, () => finish(new Error('Query read timeout')));
}

/**
 * Sends a message with a time limit of our own, as long as the driver's: what the driver makes for its limit stays in memory, with the
 * whole request, until the next full garbage collection.
 */
function queryWithoutLimit(client: pg.ClientBase, message: pg.Submittable, end: () => void): NodeJS.Timeout {
  const parameters: { query_timeout: number } = Reflect.get(client, 'connectionParameters');
  const limitMs = parameters.query_timeout;
  parameters.query_timeout = 0;
  client.query(message);
  parameters.query_timeout = limitMs;
  return setTimeout(end, limitMs);
}

/** A value in the form in which it is sent. */
export function toParameter(value: unknown): Parameter {
  if (value === null || typeof value === 'string' || Buffer.isBuffer(value)) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `{${value.map((one) => `"${String(one).replaceAll(/["\\]/g, '\\$&')}"`).join()}}`;
  return String(value);
}

/** The names of what a connection has prepared, and the statements that it prepares, in their order. */
type Prepared = { readonly names: Set<string>; awaited: string[] };

const preparedOn = new WeakMap<pg.Connection, Prepared>();

function write(connection: pg.Connection, prepared: Prepared, sent: readonly Sent[]): void {
  connection.stream.cork();
  for (const { statement, parameters } of sent) {
    const { name, text } = statement;
    const isKnown = name !== '' && (prepared.names.has(name) || prepared.awaited.includes(name));
    if (!isKnown) prepared.awaited.push(name);
    if (!isKnown) connection.parse({ name, text, types: [] }, true);
    connection.bind({ statement: name, values: parameters }, true);
    connection.execute(allRows, true);
  }
  connection.sync();
  connection.stream.uncork();
}

const allRows = {};

function watchPreparing(connection: pg.Connection): Prepared {
  const prepared: Prepared = { names: new Set(), awaited: [] };
  preparedOn.set(connection, prepared);
  connection.on('parseComplete', () => {
    const name = prepared.awaited.shift();
    if (name) prepared.names.add(name);
  });
  return prepared;
}
