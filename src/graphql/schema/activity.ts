import { PothosValidationError } from '@pothos/core';
import { readNewActivity, visibleProperties } from '../../account/activity/activity.ts';
import { limitExceeded } from '../http/limits.ts';
import { ApiKey } from './api-keys.ts';
import { builder, type GraphContext, parseId, requireViewer } from './builder.ts';
import { pageCost, pageSizeMax } from './costs.ts';
import { fieldCosts } from './field-costs.ts';
import { Viewer } from './viewer.ts';

const Activity = builder.prismaNode('Activity', {
  description: 'Something that happened to the account.',
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { asking: { viewer } }) => ({ id: BigInt(parseId(id)), accountId: viewer?.accountId ?? 0 }),
  select: { id: true },
  fields: (t) => ({
    event: t.exposeString('event', {
      description:
        'What happened, as `area:thing.verb`: `auth:success`, `auth:fail`, `user:account.password-changed`, `user:two-factor.create`, `user:api-key.create`, `user:ssh-key.delete`, … More may come; take an unknown one as it is.',
    }),
    ip: t.string({
      nullable: true,
      description: 'The IPv4 or IPv6 address it came from: `192.0.2.7`; null for what somebody else did.',
      select: { ip: true, actorId: true, accountId: true },
      resolve: ({ ip, actorId, accountId }) => (actorId === accountId ? ip : null),
    }),
    userAgent: t.string({
      nullable: true,
      description: 'The program it came from, by its own word, at most 512 characters; null for what somebody else did.',
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
      description:
        'What the event tells beside its name: `{ "identifier": "ptlc_…" }` of a key, `{ "old": …, "new": … }` of an e-mail address.',
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
      complexity: pageCost,
      maxSize: (_arguments, context) => pageSizeMax(context),
      description:
        'What happened to the account in the last 90 days, newest first: 25 a page when neither `first` nor `last` says how many, at most 100.',
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

builder.subscriptionType({
  description: 'What is told as it happens, as server-sent events, for as long as the credential opens the account.',
});

builder.subscriptionField('activity', (t) =>
  t.prismaField({
    type: Activity,
    complexity: fieldCosts.statement,
    description: 'Whatever happens to the account from now on, oldest first. Ends within a second when the session or the key is revoked.',
    args: { event: t.arg.string({ required: false, description: 'Only this event, by its whole name: `user:api-key.create`.' }) },
    subscribe: (_root, { event }, context) => watchActivity(context, event ?? null),
    resolve: (query, row, _arguments, context) => readNewActivity(requireViewer(context), row.id, query),
  }),
);

/** @throws GraphQLError of `limitExceeded` when the account has as many open as it may. */
function watchActivity(context: GraphContext, event: string | null) {
  const viewer = requireViewer(context);
  const { subscriptionsMax } = viewer.tools.limits;
  const found = viewer.tools.feed.count(viewer.accountId) + 1;
  if (subscriptionsMax > 0 && found > subscriptionsMax) throw limitExceeded('subscriptions', found, subscriptionsMax);
  return viewer.tools.feed.watch(viewer, event, context.left);
}

/** The plugin passes on to the database whatever a cursor decodes to, of any type; ours hold the number of a row. */
function assertCursor(cursor: string | null | undefined): void {
  if (cursor == null) return;
  const isOurs = /^GPC:I:[1-9]\d{0,17}$/.test(Buffer.from(cursor, 'base64').toString('latin1'));
  if (!isOurs) throw new PothosValidationError('The cursor is not one that was given out.');
}
