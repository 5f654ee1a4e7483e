import type pg from 'pg';
import type { Prisma } from '../generated/prisma/client.ts';
import { type Sent, type Statement, sendMessage, toParameter } from './message.ts';
import { currentTime, joinTimes, runInTime } from './request-time.ts';

/**
 * Sends a statement that answers one JSON value at most, on the connections that Prisma uses.
 * @returns the value; null where the statement finds no row. Its times are texts in RFC 3339.
 */
export type Sql = <Value>(statement: Statement, values: readonly unknown[]) => Promise<Value | null>;

/** Creates the way to send statements of the program without Prisma on one connection. */
export function createSql(client: pg.ClientBase): Sql {
  return createSender((sent) => sendMessage(client, [sent], () => undefined));
}

// Writing a message and reading its answer is a third of the work of a small request.

/** One connection runs the statements of a message in turn, while other connections could run them at the same time. */
const togetherMax = 8;

/** Creates the way to send reads without Prisma. Those of one turn of the event loop share a message. */
export function createReads(pool: pg.Pool): Sql {
  let waiting: Sent[] = [];
  const send = () => {
    const sent = waiting;
    waiting = [];
    const timely = sent.filter(({ time }) => !time?.isOver);
    if (timely.length > 0) sendInTime(pool, timely);
    // The pool refuses it. In the message of others it would be run, and they would not end with their time.
    for (const one of sent) if (one.time?.isOver) sendInTime(pool, [one]);
  };
  return createSender((sent) => {
    if (waiting.length === 0) setImmediate(send);
    waiting.push(sent);
    if (waiting.length === togetherMax) send();
  });
}

/** A message ends with the time of the requests that share it. */
function sendInTime(pool: pg.Pool, sent: readonly Sent[]): void {
  runInTime(joinTimes(sent.map(({ time }) => time)), () => sendTogether(pool, sent));
}

function sendTogether(pool: pg.Pool, sent: readonly Sent[]): void {
  pool.connect((fault, client, release) => {
    if (!client) {
      for (const { reject } of sent) reject(fault);
      return;
    }
    sendMessage(client, sent, ({ error, unrun }) => {
      release(error ?? undefined);
      for (const one of unrun) {
        if (isOfOneStatement(error)) sendInTime(pool, [one]);
        else one.reject(error);
      }
    });
  });
}

/** Whether an error is of the statement that it answers, and not of the connection. */
function isOfOneStatement(error: Error | null): boolean {
  return error !== null && 'severity' in error && error.severity === 'ERROR';
}

function createSender(send: (sent: Sent) => void): Sql {
  return (statement, values) =>
    new Promise((resolve, reject) => {
      const parameters = values.map(toParameter);
      // An error must not reach the driver, which calls this.
      const read = (json: string | null) => {
        try {
          resolve(json === null ? null : JSON.parse(json));
        } catch (error) {
          reject(error);
        }
      };
      send({ statement, parameters, time: currentTime(), resolve: read, reject });
    });
}

/** The same in a transaction of Prisma, for what both kinds of transaction do. */
export function sqlOf(transaction: Pick<Prisma.TransactionClient, '$queryRawUnsafe'>): Sql {
  return async <Value>({ text }: Statement, values: readonly unknown[]) => {
    const [row] = await transaction.$queryRawUnsafe<Record<string, Value>[]>(text, ...values);
    return Object.values(row ?? {})[0] ?? null;
  };
}
