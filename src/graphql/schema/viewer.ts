import type { GraphQLResolveInfo } from 'graphql';
import type { Actor } from '../../account/actor.ts';
import { readAfterChange } from '../../account/outcome.ts';
import { findLoadedViewer, readViewer, type ViewerPlan, type ViewerRow } from '../../account/viewer.ts';
import { builder, findActor, requireActor } from './builder.ts';
import type { Payload } from './mutation.ts';
import { registerNode } from './node.ts';
import { createOncePerTick } from './once-per-tick.ts';
import { planOfField } from './viewer-parts.ts';

const viewers = createOncePerTick<ViewerRow>();

/** The account of the request's credential. Each capability adds its field in its own file. */
export const Viewer = builder.prismaNode('Account', {
  variant: 'Viewer',
  description: 'The account of the credential in the request.',
  id: { field: 'id' },
  select: { id: true },
});
registerNode('Viewer', async (actor, id, info) => (Number(id) === actor.accountId ? loadViewer(actor, planOfField(info)) : null));

builder.queryType({
  description: 'Reads.',
  fields: (t) => ({
    viewer: t.field({
      type: Viewer,
      nullable: true,
      description: 'The account of the credential in the request. Null without a credential.',
      resolve: (_root, _arguments, context, info) => {
        const actor = findActor(context);
        return actor && loadViewer(actor, planOfField(info));
      },
    }),
  }),
});

builder.mutationType({ description: 'Changes. The result of each is its payload or one of its refusals.' });

/** Adds to a payload the account as it is after the change. */
export function withViewer<Result>(payload: Payload<Result>) {
  builder.objectField(payload, 'viewer', (t) =>
    t.field({
      type: Viewer,
      description: 'The account after the change.',
      resolve: (_done, _arguments, context, info) => {
        const actor = requireActor(context);
        return readAfterChange(() => loadViewer(actor, planOfField(info)));
      },
    }),
  );
  return payload;
}

/**
 * Reads what a field below the viewer shows and the viewer does not hold. In a mutation the change is done by then, so a database
 * that is unavailable is no reason to refuse it.
 */
export function readBelow<Value>({ operation }: GraphQLResolveInfo, read: () => Promise<Value>): Promise<Value> {
  return operation.operation === 'mutation' ? readAfterChange(read) : read();
}

/** Reads the parts of the viewer that a plan names: with the credential, or once for all that ask in this tick. */
export function loadViewer(actor: Actor, plan: ViewerPlan): ViewerRow | Promise<ViewerRow> {
  return findLoadedViewer(actor, plan) ?? viewers(actor, plan.byId.name, () => readViewer(actor, plan));
}
