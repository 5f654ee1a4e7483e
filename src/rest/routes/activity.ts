import { z } from 'zod';
import { type Activity, listActivity } from '../../account/activity/activity.ts';
import { isEnabled } from '../../account/two-factor/two-factor.ts';
import { planViewer, readViewer, type ViewerRow } from '../../account/viewer.ts';
import { md5, sha1 } from '../../crypto/digest.ts';
import { BadRequest, failure, invalidInput } from '../http/errors.ts';
import { negativePerPage, pageOf, pageParameters, readPage, toPage } from '../http/pages.ts';
import { type Fields, readCommaList } from '../http/request.ts';
import { type Call, type Route, readRoute } from '../http/route.ts';
import { validationError } from '../http/validation.ts';
import { field, item, itemOf, toWireTime, wireTime } from '../http/wire.ts';

const perPageDefault = 25;
const eventPartsMax = 10;

const eventPartsError = validationError('filter.event', 'max', `The filter.event may not have more than ${eventPartsMax} items.`);
const tooManyEventParts = new BadRequest('InvalidInput', invalidInput([eventPartsError]));

const actorSchema = itemOf('user', {
  uuid: z.string().describe('The UUID of the account.'),
  username: z.string().describe('The username.'),
  email: z.string().describe('The e-mail address.'),
  image: z.string().describe('The address of a picture.'),
  '2fa_enabled': z.boolean().describe('Whether two-factor authentication is on.'),
  created_at: wireTime.describe('The time at which the account was created.'),
});
const noActorSchema = z.object({ object: z.literal('null_resource'), attributes: z.null() });

const activitySchema = itemOf('activity_log', {
  id: field(z.string().regex(/^[0-9a-f]{40}$/), 'The id of the row.', '356a192b7913b04c54574d18c28d46e6395428ab'),
  batch: field(z.string().nullable(), 'Always null.', null),
  event: field(z.string(), 'The name of the event.', 'user:api-key.create'),
  is_api: field(z.boolean(), 'Whether an API key acted.', true),
  ip: field(z.string().nullable(), 'The address of the request; null where another account acted.', '192.0.2.7'),
  description: field(z.string().nullable(), 'Always null.', null),
  properties: field(z.record(z.string(), z.unknown()), 'The data of the event.', { identifier: 'ptlc_a1B2c3D4e5F' }),
  has_additional_metadata: field(z.boolean(), 'Whether `properties` says more than the event.', false),
  timestamp: wireTime.describe('The time of the event.'),
  relationships: z.object({ actor: z.union([actorSchema, noActorSchema]) }).optional(),
});

const activityPageSchema = pageOf(activitySchema, perPageDefault).meta({ id: 'ActivityPage' });

export const activityRoutes: readonly Route[] = [
  readRoute({
    method: 'GET',
    path: '/account/activity',
    summary: 'Activity of the account',
    note: 'Oldest first, unless sorted.',
    query: {
      ...pageParameters,
      'filter[event]': field(
        z.string(),
        `Parts of event names, at most ${eventPartsMax}, separated by commas, without regard to case. One must match. A list is accepted too.`,
        'api-key,ssh-key',
      ),
      sort: field(z.enum(['timestamp', '-timestamp']), 'By time; with a dash the latest first.', '-timestamp'),
      include: field(z.string(), '`actor` adds the account that acted. A list is accepted too.', 'actor'),
    },
    badQueries: [badFilter(['ip']), badSort(['id']), tooManyEventParts, negativePerPage],
    answer: activityPageSchema,
    run: readActivityPage,
  }),
];

const actorPlan = planViewer(new Set(['profile', 'twoFactor'] as const));

async function readActivityPage({ actor, fields, url }: Call): Promise<z.infer<typeof activityPageSchema>> {
  const page = readPage(fields, perPageDefault);
  const { rows, total } = await listActivity(actor, { ...page, events: readEvents(fields), order: readOrder(fields) });
  const isActorIncluded = readCommaList(fields['include']).includes('actor');
  const included = isActorIncluded ? toActor(await readViewer(actor, actorPlan)) : null;
  const items = rows.map((row) => toActivity(row, included));
  return toPage(items, total, page, url);
}

function toActivity(row: Activity, actor: z.infer<typeof actorSchema> | null): z.infer<typeof activitySchema> {
  return item('activity_log', {
    id: sha1(String(row.id)),
    batch: null,
    event: row.event,
    is_api: row.apiKeyIdentifier !== null,
    ip: row.ip,
    description: null,
    properties: row.properties,
    has_additional_metadata: row.event === 'auth:fail',
    timestamp: toWireTime(row.occurredAt),
    ...(actor ? { relationships: { actor: row.isOwn ? actor : item('null_resource', null) } } : {}),
  });
}

function toActor({ uuid, username, email, createdAt, twoFactor }: ViewerRow<'profile' | 'twoFactor'>): z.infer<typeof actorSchema> {
  const image = `https://gravatar.com/avatar/${md5(email.toLowerCase())}`;
  return item('user', { uuid, username, email, image, '2fa_enabled': isEnabled(twoFactor), created_at: toWireTime(createdAt) });
}

/**
 * The parts of event names that are filtered by; none: all events.
 * @throws BadRequest for a filter of another name and for too many parts.
 */
function readEvents({ filter }: Fields): string[] {
  const filters = typeof filter === 'object' && filter !== null ? filter : {};
  const unknown = Object.keys(filters).filter((name) => name !== 'event');
  if (unknown.length > 0) throw badFilter(unknown);
  const parts = readCommaList('event' in filters ? filters.event : null);
  if (parts.length > eventPartsMax) throw tooManyEventParts;
  return parts;
}

function readOrder({ sort }: Fields): 'asc' | 'desc' {
  const sorts = readCommaList(sort);
  const unknown = sorts.map((name) => name.replace(/^-/, '')).filter((name) => name !== 'timestamp');
  if (unknown.length > 0) throw badSort(unknown);
  return sorts[0] === '-timestamp' ? 'desc' : 'asc';
}

function badFilter(names: readonly string[]): BadRequest {
  return badQuery('InvalidFilterQuery', `Requested filter(s) \`${names.join(', ')}\` are not allowed. Allowed filter(s) are \`event\`.`);
}

function badSort(names: readonly string[]): BadRequest {
  return badQuery('InvalidSortQuery', `Requested sort(s) \`${names.join(', ')}\` is not allowed. Allowed sort(s) are \`timestamp\`.`);
}

function badQuery(name: string, detail: string): BadRequest {
  return new BadRequest(name, failure(400, name, detail));
}
