import { brandWithType } from '@pothos/core';
import { queryFromInfo } from '@pothos/plugin-prisma';
import type { Actor } from '../../account/actor.ts';
import { builder, findActor, parseGlobalId } from './builder.ts';

/**
 * Finds an object of the actor's account by its id; null where there is none.
 * @param select makes the Prisma selection of what the document asks for, where the type is a model.
 */
type FindNode = (actor: Actor, id: bigint, select: () => object) => Promise<object | null>;

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
      const select = () => queryFromInfo({ context, info, typeName: parsed.typename });
      const node = await find(actor, parsed.id, select);
      if (node) brandWithType(node, parsed.typename as never);
      return node;
    },
  }),
);
