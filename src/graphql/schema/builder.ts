import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import type { Actor, Visitor } from '../../account/actor.ts';
import { Unauthenticated } from '../../account/refusals.ts';
import type { Database } from '../../db/database.ts';
import type PrismaTypes from '../../generated/pothos.ts';
import { getDatamodel } from '../../generated/pothos.ts';
import { pageSizeDefault } from './costs.ts';

/** What every resolver is given: who asks, and the database of the gateway. */
export type GraphContext = {
  /** Who asks. In an object of its own, since the context is copied and a sign-in changes who it is. */
  readonly asking: {
    viewer: Actor | null;
    /** Why it is nobody although a credential was sent: told to whoever asks for the viewer. */
    readonly denial: Error | null;
  };
  readonly visitor: Visitor;
  readonly db: Database;
  /** Aborted when whoever asked does not wait for the answer any more. */
  readonly left: AbortSignal;
  /** Goes on as a session that was just begun, and lets the browser keep its token. */
  enter(viewer: Actor, token: string, expiresAt: Date): void;
  /** Goes on as nobody, and lets the browser forget its token. */
  leave(): void;
};

/** Where the types of the schema are declared. */
export const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: GraphContext;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: true;
  Scalars: { DateTime: { Input: Date; Output: Date }; JSON: { Input: unknown; Output: unknown } };
}>({
  plugins: [ErrorsPlugin, RelayPlugin, PrismaPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  defaultInputFieldRequiredness: true,
  errors: {
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'The payload, or one of the refusals that can happen.',
    },
  },
  relay: {
    idFieldOptions: { description: 'Opaque: not to be taken apart. The same for ever.' },
    nodeTypeOptions: { description: 'Whatever has a global id.' },
    nodeQueryOptions: {
      description: "Looks up anything of the viewer's account by its global id; null for what is not there or not theirs.",
      args: { id: { description: 'The global id.' } },
    },
    nodesQueryOptions: false,
    // The field that gives the page knows how long it is.
    edgesFieldOptions: { description: 'The things of this page, in order.', complexity: { multiplier: 1 } },
    nodeFieldOptions: { description: 'The thing.' },
    cursorFieldOptions: { description: 'Its place in the list, for `after` and `before`.' },
    pageInfoFieldOptions: { description: 'Where the page stands in the list.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'Whether there is more behind it.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before it.' },
    startCursorFieldOptions: { description: 'The cursor of its first thing; null for an empty page.' },
    endCursorFieldOptions: { description: 'The cursor of its last thing; null for an empty page.' },
    firstArgOptions: { description: 'How many from the front, 0 to 100.' },
    lastArgOptions: { description: 'How many from the back, 0 to 100; together with `before` the page ahead of it.' },
    afterArgOptions: { description: 'Only what follows this cursor.' },
    beforeArgOptions: { description: 'Only what precedes this cursor.' },
  },
  prisma: {
    client: (context) => context.db,
    dmmf: getDatamodel(),
    defaultConnectionSize: pageSizeDefault,
  },
  // Measured in `limits.ts`, before an operation begins; not once more in every resolver.
  complexity: { disabled: true, defaultComplexity: 1, defaultListMultiplier: 10 },
});

builder.scalarType('DateTime', {
  description: 'A moment in UTC to the millisecond, as in RFC 3339: `2026-01-31T12:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (date) => date.toISOString(),
});

builder.scalarType('JSON', { description: 'A JSON object whose shape is told where it is used.', serialize: (value) => value });

/**
 * The viewer, where an operation needs one.
 * @throws Unauthenticated
 */
export function requireViewer(context: GraphContext): Actor {
  const viewer = findViewer(context);
  if (!viewer) throw new Unauthenticated();
  return viewer;
}

/**
 * The viewer, or null without a credential.
 * @throws Unauthenticated when there was one that opens nothing any more.
 */
export function findViewer({ asking: { viewer, denial } }: GraphContext): Actor | null {
  if (!viewer && denial) throw denial;
  return viewer;
}

/** The number in a global id of a type, or 0, which no row has: what is no id of that type is nothing there is. */
export function parseGlobalId(typename: string, id: string): number {
  const [name, number = '', ...rest] = Buffer.from(id, 'base64').toString('utf8').split(':');
  return name === typename && rest.length === 0 ? parseId(number) : 0;
}

/** The number in the second part of a global id, or 0. */
export function parseId(id: string): number {
  return /^[1-9]\d{0,8}$/.test(id) ? Number(id) : 0;
}
