import {
  type ActivityPage,
  type ActivityRow,
  findActivity,
  readActivity,
  type Activity as ShownActivity,
  showActivity,
} from '../../account/activity/activity.ts';
import { activityEvents } from '../../account/activity/events.ts';
import { findApiKeysOfActivity } from '../../account/api-keys/api-keys.ts';
import { ApiKey } from './api-keys.ts';
import { builder, type GraphContext, requireActor } from './builder.ts';
import { pageCost, pageSizeDefault } from './costs.ts';
import { decodeCursor, encodeCursor, readSize } from './cursor.ts';
import { fieldCosts } from './field-costs.ts';
import { registerNode } from './node.ts';
import { createOncePerTick, createRowsPerTick } from './once-per-tick.ts';
import { limitExceeded } from './request-limits.ts';
import { readBelow, Viewer } from './viewer.ts';

const pages = createOncePerTick<ActivityPage>();
const apiKeys = createRowsPerTick(findApiKeysOfActivity, ({ identifier }) => identifier);

const Activity = builder.objectRef<ShownActivity>('Activity').implement({
  description: 'An event of the account.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.globalID({ description: 'The global id: opaque and stable.', resolve: ({ id }) => ({ type: 'Activity', id: String(id) }) }),
    event: t.exposeString('event', {
      description: `The name of the event. Names may be added. Today: ${activityEvents.map((event) => `\`${event}\``).join(', ')}.`,
    }),
    ip: t.exposeString('ip', {
      nullable: true,
      description:
        'The IPv4 or IPv6 address of the request: `192.0.2.7`. Null for events that another caller caused, except attempts to sign in, and except to administrators.',
    }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'The `User-Agent` header of the request: at most 512 characters. Null for events that another caller caused.',
    }),
    apiKey: t.field({
      type: ApiKey,
      nullable: true,
      description: 'The API key of the request, as it was last where it is deleted. Null for a session.',
      resolve: ({ apiKeyIdentifier: identifier }, _arguments, context, info) =>
        identifier === null ? null : readBelow(info, () => apiKeys(requireActor(context), identifier)),
    }),
    properties: t.field({
      type: 'JSON',
      description:
        'Details of the event: `{ "identifier": "ptlc_…" }` of an API key, `{ "old": …, "new": … }` of a changed e-mail address.',
      resolve: ({ properties }) => properties,
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'The time of the event.' }),
  }),
});
registerNode('Activity', findActivity);

/** Longer than any name of an event, and equal to none. */
const eventUnitsMax = 192;
const eventDescription = 'Only events with this name: `user:api-key.create`.';

builder.prismaObjectField(Viewer, 'activity', (t) =>
  t.connection(
    {
      type: Activity,
      complexity: pageCost,
      description:
        'The events of the account in the last 90 days, newest first. A page has 25 edges unless `first` or `last` is given, and at most 100.',
      args: { event: t.arg.string({ required: false, description: eventDescription }) },
      resolve: async (_viewer, { first, last, after, before, event }, context, info) => {
        const actor = requireActor(context);
        const request = {
          first: readSize('first', first) ?? (last == null ? pageSizeDefault : null),
          last: readSize('last', last),
          after: decodeCursor(after),
          before: decodeCursor(before),
          event: event?.slice(0, eventUnitsMax) ?? null,
        };
        const key = JSON.stringify({ ...request, after: String(request.after), before: String(request.before) });
        const { rows, hasNextPage, hasPreviousPage } = await readBelow(info, () => pages(actor, key, () => readActivity(actor, request)));
        const edges = rows.map((node) => ({ node, cursor: encodeCursor(node.id) }));
        const [startCursor = null, endCursor = startCursor] = [edges[0]?.cursor, edges.at(-1)?.cursor];
        return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } };
      },
    },
    { name: 'ActivityConnection', description: 'A page of events.' },
    { name: 'ActivityEdge', description: 'An event and its cursor.' },
  ),
);

builder.subscriptionType({ description: 'Server-sent events, until the credential is revoked or expires.' });

builder.subscriptionField('activity', (t) =>
  t.field({
    type: Activity,
    complexity: fieldCosts.statement,
    description: 'The events of the account from now on, oldest first. It ends within a second when the session or the API key is revoked.',
    args: { event: t.arg.string({ required: false, description: eventDescription }) },
    subscribe: (_root, { event }, context) => watchActivity(context, event?.slice(0, eventUnitsMax) ?? null),
    resolve: async (row: ActivityRow, _arguments, context) => {
      const [shown] = await showActivity(requireActor(context), [row]);
      if (!shown) throw new Error('The event was not shown.');
      return shown;
    },
  }),
);

/** @throws GraphQLError of `limitExceeded` when the account has its maximum of open subscriptions. */
function watchActivity(context: GraphContext, event: string | null) {
  const { tools, accountId, credential } = requireActor(context);
  const { subscriptionsMax } = tools.limits;
  const found = tools.feed.count(accountId) + 1;
  if (subscriptionsMax > 0 && found > subscriptionsMax) throw limitExceeded('subscriptions', found, subscriptionsMax);
  return tools.feed.watch({ accountId, credential }, event, context.left());
}
