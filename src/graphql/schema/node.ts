import { brandWithType } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Actor } from '../../account/actor.ts';
import { builder, findActor, parseGlobalId } from './builder.ts';

/** Finds an object of the actor's account by its id; null where there is none. */
type FindNode = (actor: Actor, id: bigint, info: GraphQLResolveInfo) => Promise<object | null>;

const nodes = new Map<string, FindNode>();

/** Lets `node` find the objects of a type. */
export function registerNode(typename: string, find: FindNode): void {
  nodes.set(typename, find);
}

builder.queryField('node', (t) =>
  t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: 'Finds an object of the account by its global id. Null where the account has no such object, and without a credential.',
    args: { id: t.arg.id({ required: true, description: 'The global id.' }) },
    resolve: async (_root, { id }, context, info) => {
      const actor = findActor(context);
      const parsed = parseGlobalId(String(id));
      const find = parsed && nodes.get(parsed.typename);
      if (!actor || !find) return null;
      const node = await find(actor, parsed.id, info);
      if (node) brandWithType(node, parsed.typename as never);
      return node;
    },
  }),
);
