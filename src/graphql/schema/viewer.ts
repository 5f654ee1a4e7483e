import { readAccount } from '../../account/profile/profile.ts';
import { builder, findViewer, parseId, requireViewer } from './builder.ts';

/** The signed-in account. Each capability adds its field to it, in its own file. */
export const Viewer = builder.prismaNode('Account', {
  variant: 'Viewer',
  description: 'Who is asking, and all that is on their account.',
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { asking: { viewer } }) => ({ id: parseId(id) === viewer?.accountId ? viewer.accountId : 0 }),
  select: { id: true },
});

builder.queryType({
  description: 'What can be read.',
  fields: (t) => ({
    viewer: t.prismaField({
      type: Viewer,
      nullable: true,
      description: 'Who is asking; null without a credential.',
      resolve: (query, _root, _arguments, context) => {
        const viewer = findViewer(context);
        return viewer && readAccount(viewer, query);
      },
    }),
  }),
});

builder.mutationType({ description: 'What can be changed. Each answer is the payload or one of the refusals that can happen.' });

/** The type of a payload: what the mutation gives, with the account as it is after the change. */
export function payloadType<Shape extends object>(name: string, mutation: string) {
  const payload = builder.objectRef<Shape>(name).implement({
    description: `The answer of \`${mutation}\` when it is done.`,
  });
  builder.objectField(payload, 'viewer', (t) =>
    t.prismaField({
      type: Viewer,
      description: 'The account after the change.',
      resolve: (query, _payload, _arguments, context) => readAccount(requireViewer(context), query),
    }),
  );
  return payload;
}
