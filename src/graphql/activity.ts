import { PothosValidationError } from '@pothos/core';
import { visibleProperties } from '../account/activity.ts';
import { ApiKey } from './api-keys.ts';
import { builder, parseId } from './builder.ts';
import { Viewer } from './viewer.ts';

builder.prismaNode('Activity', {
  description: 'Something that happened to the account.',
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { asking: { viewer } }) => ({ id: BigInt(parseId(id)), accountId: viewer?.accountId ?? 0 }),
  select: { id: true },
  fields: (t) => ({
    event: t.exposeString('event', { description: 'What happened: `user:api-key.create`.' }),
    ip: t.string({
      nullable: true,
      description: 'Where it came from; null for what somebody else did.',
      select: { ip: true, actorId: true, accountId: true },
      resolve: ({ ip, actorId, accountId }) => (actorId === accountId ? ip : null),
    }),
    userAgent: t.string({
      nullable: true,
      description: 'The program it came from, by its own word; null for what somebody else did.',
      select: { userAgent: true, actorId: true, accountId: true },
      resolve: ({ userAgent, actorId, accountId }) => (actorId === accountId ? userAgent : null),
    }),
    apiKey: t.relation('apiKey', {
      type: ApiKey,
      nullable: true,
      description: 'The API key it was done with; null for a session, and once the key is deleted.',
    }),
    properties: t.field({
      type: 'JSON',
      description: 'What the event tells beside its name, such as the `identifier` of a key.',
      select: { properties: true, actorId: true, accountId: true },
      resolve: (row) => visibleProperties(row),
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When it happened.' }),
  }),
});

builder.prismaObjectField(Viewer, 'activity', (t) =>
  t.relatedConnection(
    'activity',
    {
      cursor: 'id',
      description: 'What happened to the account, newest first; at most 100 a page, 25 when `first` is left out.',
      args: {
        ...t.arg.connectionArgs(),
        event: t.arg.string({ required: false, description: 'Only this event, by its whole name: `user:api-key.create`.' }),
      },
      query: ({ event, after, before }) => {
        assertCursor(after);
        assertCursor(before);
        return { where: event == null ? {} : { event: event.replaceAll('\0', '') }, orderBy: { id: 'desc' } };
      },
    },
    { name: 'ActivityConnection', description: 'A page of activity.' },
    { name: 'ActivityEdge', description: 'An activity and its place in the list.' },
  ),
);

/** The plugin passes on to the database whatever a cursor decodes to, of any type; ours hold the number of a row. */
function assertCursor(cursor: string | null | undefined): void {
  if (cursor == null) return;
  const isOurs = /^GPC:I:[1-9]\d{0,17}$/.test(Buffer.from(cursor, 'base64').toString('latin1'));
  if (!isOurs) throw new PothosValidationError('The cursor is not one that was given out.');
}
