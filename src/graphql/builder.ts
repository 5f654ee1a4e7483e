import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { Unauthenticated } from '../account/errors.ts';
import type { Viewer } from '../account/viewer.ts';
import type { Database } from '../db/database.ts';
import type PrismaTypes from '../generated/pothos.ts';
import { getDatamodel } from '../generated/pothos.ts';

/** What every resolver is given: who asks, and the database of the gateway. */
export type GraphContext = { readonly viewer: Viewer | null; readonly db: Database };

/** Where the types of the schema are declared. */
export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: GraphContext;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: true;
  Scalars: { DateTime: { Input: Date; Output: Date }; JSON: { Input: unknown; Output: unknown } };
}>({
  plugins: [ErrorsPlugin, RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
  errors: {
    directResult: true,
    defaultUnionOptions: { name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result` },
  },
  relay: {
    nodeQueryOptions: {
      description: "Looks up anything of the viewer's account by its global id; null for what is not there or not theirs.",
    },
    nodesQueryOptions: false,
  },
  prisma: {
    client: (context) => context.db,
    dmmf: getDatamodel(),
    maxConnectionSize: 100,
    defaultConnectionSize: 25,
  },
});

builder.scalarType('DateTime', {
  description: 'A moment in UTC, as in RFC 3339: `2026-01-31T12:00:00.000Z`.',
  serialize: (date) => date.toISOString(),
});

builder.scalarType('JSON', { description: 'An object of any shape.', serialize: (value) => value });

/**
 * The viewer, where an operation needs one.
 * @throws Unauthenticated
 */
export function requireViewer({ viewer }: GraphContext): Viewer {
  if (!viewer) throw new Unauthenticated();
  return viewer;
}

/** The number in a global id, or 0, which no row has. */
export function parseId(id: string): number {
  return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : 0;
}
