import { GraphQLError } from 'graphql';

/** Longer than any cursor: a cursor is compared with it before it is decoded. */
const cursorUnitsMax = 64;

/** The cursor of a row. */
export function encodeCursor(id: bigint): string {
  return Buffer.from(`GPC:I:${id}`).toString('base64');
}

/**
 * The id in a cursor; null for none and for an empty one.
 * @throws GraphQLError BAD_REQUEST for a text that is not one of our cursors.
 */
export function decodeCursor(cursor: string | null | undefined): bigint | null {
  if (!cursor) return null;
  const text = cursor.length > cursorUnitsMax ? '' : Buffer.from(cursor, 'base64').toString('latin1');
  const [, id] = /^GPC:I:([1-9]\d{0,17})$/.exec(text) ?? [];
  if (id === undefined) throw refuse('The cursor is not one that this list gave.');
  return BigInt(id);
}

/**
 * The number of edges that `first` or `last` names; null where it is not given.
 * @throws GraphQLError BAD_REQUEST for a negative number.
 */
export function readSize(argument: 'first' | 'last', size: number | null | undefined): number | null {
  if (size == null) return null;
  if (size < 0) throw refuse(`Use 0 or more for \`${argument}\`.`);
  return size;
}

function refuse(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
