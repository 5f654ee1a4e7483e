import { readAccount } from '../../account/profile/profile.ts';
import { builder, findActor, requireActor } from './builder.ts';
import type { Payload } from './mutation.ts';
import { registerNode } from './node.ts';

/** The account of the request's credential. Each capability adds its field in its own file. */
export const Viewer = builder.prismaNode('Account', {
  variant: 'Viewer',
  description: 'The account of the credential in the request.',
  id: { field: 'id' },
  select: { id: true },
});
registerNode('Viewer', async (actor, id, select) => (Number(id) === actor.accountId ? readAccount(actor, select()) : null));

builder.queryType({
  description: 'Reads.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: Viewer,
      nullable: true,
      description: 'The account of the credential in the request. Null without a credential.',
      resolve: (selection, _root, _arguments, context) => {
        const actor = findActor(context);
        return actor && readAccount(actor, selection);
      },
    }),
  }),
});

builder.mutationType({ description: 'Changes. The result of each is its payload or one of its refusals.' });

/** Adds to a payload the account as it is after the change. */
export function withViewer<Result>(payload: Payload<Result>) {
  builder.objectField(payload, 'viewer', (t) =>
    t.prismaField({
      type: Viewer,
      description: 'The account after the change.',
      resolve: (selection, _done, _arguments, context) => readAccount(requireActor(context), selection),
    }),
  );
  return payload;
}
