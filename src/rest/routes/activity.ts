import { type Activity, listActivity } from '../../account/activity/activity.ts';
import { getProfile, type Profile } from '../../account/profile/profile.ts';
import { isTwoFactorEnabled } from '../../account/two-factor/two-factor.ts';
import { md5, sha1 } from '../../crypto/digest.ts';
import { type Item, item, timestamp } from '../http/answer.ts';
import { BadQuery } from '../http/errors.ts';
import { pagedList, readPage } from '../http/pages.ts';
import type { Fields } from '../http/request.ts';
import type { Ask } from '../http/route.ts';

/** A page of the account's activity, oldest first unless sorted. */
export async function activityPage({ actor: reader, fields, url }: Ask) {
  const page = readPage(fields, 25);
  const { rows, total } = await listActivity(reader, { ...page, events: readEvents(fields), order: readOrder(fields) });
  const profile = await getProfile(reader);
  const actor = includesActor(fields) ? actorItem(profile, await isTwoFactorEnabled(reader)) : null;
  return pagedList(
    rows.map((row) => activityItem(row, actor)),
    total,
    page,
    url,
  );
}

function activityItem(row: Activity, actor: Item | null): Item {
  return item('activity_log', {
    id: sha1(String(row.id)),
    batch: null,
    event: row.event,
    is_api: row.apiKeyIdentifier !== null,
    ip: row.ip,
    description: null,
    properties: row.properties,
    has_additional_metadata: row.event === 'auth:fail',
    timestamp: timestamp(row.occurredAt),
    ...(actor ? { relationships: { actor: row.isOwn ? actor : { object: 'null_resource', attributes: null } } } : {}),
  });
}

function actorItem({ uuid, username, email, createdAt }: Profile, isTwoFactorOn: boolean): Item {
  const image = `https://gravatar.com/avatar/${md5(email.toLowerCase())}`;
  return item('user', { uuid, username, email, image, '2fa_enabled': isTwoFactorOn, created_at: timestamp(createdAt) });
}

function includesActor({ include }: Fields): boolean {
  return typeof include === 'string' && include.split(',').includes('actor');
}

/**
 * The parts of event names to look for.
 * @throws BadQuery for another filter.
 */
export function readEvents({ filter }: Fields): string[] {
  const filters = typeof filter === 'object' && filter !== null ? filter : {};
  const unknown = Object.keys(filters).filter((name) => name !== 'event');
  if (unknown.length > 0) {
    throw new BadQuery(
      'InvalidFilterQuery',
      `Requested filter(s) \`${unknown.join(', ')}\` are not allowed. Allowed filter(s) are \`event\`.`,
    );
  }
  const event = 'event' in filters && typeof filters.event === 'string' ? filters.event : '';
  return event.split(',').filter((part) => part !== '');
}

/**
 * Which end first.
 * @throws BadQuery for another field.
 */
export function readOrder({ sort }: Fields): 'asc' | 'desc' {
  const sorts = typeof sort === 'string' ? sort.split(',') : [];
  const unknown = sorts.map((name) => name.replace(/^-/, '')).filter((name) => name !== 'timestamp');
  if (unknown.length > 0) {
    throw new BadQuery(
      'InvalidSortQuery',
      `Requested sort(s) \`${unknown.join(', ')}\` is not allowed. Allowed sort(s) are \`timestamp\`.`,
    );
  }
  return sorts[0] === '-timestamp' ? 'desc' : 'asc';
}
