import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import type { Actor, Visitor } from '../../account/actor.ts';
import { Unauthenticated } from '../../account/refusals.ts';
import type PrismaTypes from '../../generated/pothos.ts';
import { getDatamodel } from '../../generated/pothos.ts';

/** The context of resolvers. */
export type GraphContext = {
  /** In an object of its own, since the context is copied and a sign-in changes the actor. */
  readonly asking: {
    viewer: Actor | null;
    /** Why there is no actor although the request has a credential. */
    readonly denial: Error | null;
  };
  readonly visitor: Visitor;
  readonly db: Visitor['tools']['db'];
  /** Aborted when the client has closed its connection. */
  left(): AbortSignal;
  /** Notes the code of a refusal for the log. */
  noteRefusal(code: string): void;
  /** @throws CrossSite when a page of another site sent the request. */
  assertSameSite(): void;
  /** Continues the request as a new session and sets its cookie. */
  enter(viewer: Actor, token: string, expiresAt: Date): void;
  /** Marks the browser as one that signed in. */
  keepDevice(token: string, expiresAt: Date): void;
  /** Continues the request without an actor, and clears the cookie where it was that of the actor. */
  leave(): void;
};

/** The builder that the types of the schema are declared on. */
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
      description: 'The payload or a refusal.',
    },
  },
  relay: {
    idFieldOptions: { description: 'The global id: opaque and stable.' },
    nodeTypeOptions: { description: 'An object with a global id.' },
    // Defined in `node.ts`: it finds objects through the domain.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    // The field that returns the page has its length.
    edgesFieldOptions: { description: 'The edges of the page, in order.', complexity: { multiplier: 1 } },
    nodeFieldOptions: { description: 'The object at the end of the edge.' },
    cursorFieldOptions: { description: 'The cursor of the edge, for `after` and `before`.' },
    pageInfoFieldOptions: { description: 'Information to read the next or the previous page.' },
    pageInfoTypeOptions: { description: 'Information about a page of a list.' },
    hasNextPageFieldOptions: { description: 'Whether more edges follow the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether more edges precede the page.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge. Null where the page is empty.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge. Null where the page is empty.' },
    firstArgOptions: { description: 'The number of edges from the start, 0 to 100.' },
    lastArgOptions: { description: 'The number of edges from the end, 0 to 100.' },
    afterArgOptions: { description: 'Only edges that follow this cursor. Empty: from the start.' },
    beforeArgOptions: { description: 'Only edges that precede this cursor. Empty: from the end.' },
  },
  prisma: {
    client: (context) => context.db,
    dmmf: getDatamodel(),
  },
  // Measured in `limits.ts` before an operation is executed, and not again in every resolver.
  complexity: { disabled: true, defaultComplexity: 1, defaultListMultiplier: 10 },
});

builder.scalarType('DateTime', {
  description: 'A time in UTC with milliseconds, as in RFC 3339: `2026-01-31T12:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (date) => date.toISOString(),
});

builder.scalarType('JSON', {
  description: 'A JSON object. The field that has this type describes its shape.',
  serialize: (value) => value,
});

/**
 * The actor, where an operation requires a credential.
 * @throws Unauthenticated
 */
export function requireActor(context: GraphContext): Actor {
  const actor = findActor(context);
  if (!actor) throw new Unauthenticated();
  return actor;
}

/**
 * The actor; null without a credential.
 * @throws Unauthenticated when the request has a credential that is no longer valid.
 */
export function findActor({ asking: { viewer, denial } }: GraphContext): Actor | null {
  if (!viewer && denial) throw denial;
  return viewer;
}

/** Longer than any global id: an id is compared with it before it is decoded. */
const globalIdUnitsMax = 64;

/** Reads a global id: base64 of the type, a colon and a number. Null for anything else. */
export function parseGlobalId(id: string): { readonly typename: string; readonly id: bigint } | null {
  if (id.length > globalIdUnitsMax) return null;
  const [, typename, digits] = /^(\w+):([1-9]\d{0,17})$/.exec(Buffer.from(id, 'base64').toString('latin1')) ?? [];
  return typename === undefined || digits === undefined ? null : { typename, id: BigInt(digits) };
}

/** The id of a row with an integer key; 0, which no row has, where it is too large for one. */
export function rowId(id: bigint): number {
  return id <= 2_147_483_647n ? Number(id) : 0;
}
