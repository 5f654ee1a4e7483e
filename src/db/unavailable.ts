import { DatabaseUnusable } from './unusable.ts';

/** Prisma's codes for: refused, unreachable, timed out, no such database, denied, TLS, closed, pool exhausted, transaction not started. */
const prismaCodes = new Set(['P1000', 'P1001', 'P1002', 'P1003', 'P1008', 'P1010', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** The driver adapter's names for the same, where Prisma's client is not in between. */
const adapterKinds = new Set([
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
]);

/** SQLSTATE: serialization failure and deadlock, which a repeated transaction may survive. */
const conflictStates = /^40(?:001|P01)$/;

/** SQLSTATE: connection lost (08), denied (28), no such database (3D), a conflict (40), out of something (53), statement timeout (57014), shutting down or starting up (57P). */
const sqlStates = /^(?:08\d{3}|28\d{3}|3D\d{3}|40001|40P01|53\d{3}|57014|57P\d{2})$/;

const socketCodes = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);

/** Messages of the driver that have no code. Only the beginning is compared: the rest can repeat input of a caller. */
const driverWords =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|Client was closed)/;

/** The database did not answer when it was opened. */
export class DatabaseUnreachable extends DatabaseUnusable {
  override readonly name = 'DatabaseUnreachable';
  constructor(cause: unknown) {
    super(`the database cannot be reached: ${reasonsOf(cause).join('; ')}`, { cause });
  }
}

/** Whether a transaction failed because of another one, and may succeed when it is repeated. */
export function isConflict(error: unknown): boolean {
  return layersOf(error).some(
    ({ code, originalCode, kind }) =>
      code === 'P2034' || kind === 'TransactionWriteConflict' || conflictStates.test(String(originalCode ?? code)),
  );
}

/** Whether an error means that the database is unavailable or too busy, and not that the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  return layersOf(error).some((layer) => {
    const { code, originalCode, kind, syscall, message } = layer;
    if (typeof kind === 'string' && adapterKinds.has(kind)) return true;
    // A file that is missing is no database that is missing: only the socket of one.
    if (code === 'ENOENT') return syscall === 'connect';
    if (typeof syscall === 'string') return socketCodes.has(String(code));
    if (prismaCodes.has(String(code)) || sqlStates.test(String(originalCode ?? code))) return true;
    return error instanceof Error && typeof message === 'string' && driverWords.test(message);
  });
}

const layerKeys = ['code', 'originalCode', 'originalMessage', 'kind', 'reason', 'syscall', 'message', 'host', 'address', 'port'];

/** An error and the errors that it wraps, outermost first: Prisma's, the adapter's, the driver's. */
function layersOf(error: unknown): Record<string, unknown>[] {
  if (typeof error !== 'object' || error === null) return [];
  const read = (key: string): unknown => Reflect.get(error, key);
  const errors = read('errors');
  const inner = [read('cause'), read('meta'), read('driverAdapterError'), ...(Array.isArray(errors) ? errors : [])];
  return [Object.fromEntries(layerKeys.map((key) => [key, read(key)])), ...inner.flatMap(layersOf)];
}

/** The reasons for an operator: the sentences of the driver and the address that it tried, never the URL, which has a password. */
export function reasonsOf(error: unknown): string[] {
  const layers = layersOf(error);
  // The sentence of Prisma repeats that of the driver.
  const said = layers.filter(({ originalMessage }) => originalMessage !== undefined);
  return [...new Set((said.length > 0 ? said : layers).flatMap(reasonOf))];
}

function reasonOf({
  originalMessage,
  message,
  reason,
  kind,
  code,
  syscall,
  host,
  address = host,
  port,
}: Record<string, unknown>): string[] {
  if (kind === 'DatabaseNotReachable' || (syscall === 'connect' && address !== undefined))
    return [`no answer from ${address ?? 'the server'}${port === undefined ? '' : `:${port}`}`];
  if (kind === 'ConnectionClosed') return ['the connection was closed'];
  const sentence = originalMessage ?? reason ?? message ?? code;
  // The error of the adapter only names the kind of the error that it wraps.
  return typeof sentence === 'string' && sentence !== '' && !adapterKinds.has(sentence) ? [sentence.trim().replaceAll(/\s+/g, ' ')] : [];
}
