import type { Prisma } from '../../db/database.ts';
import { type ActivityRow, activityFields, countActivityRows, listActivityRows } from '../../db/statements/activity.ts';
import type { Actor } from '../actor.ts';
import type { ActivityEvent } from './events.ts';

export type { ActivityRow };

/** A row of activity as its account may see it. */
export type Activity = ActivityRow & {
  /** Whether the account itself caused the event. */
  readonly isOwn: boolean;
  readonly properties: Prisma.JsonObject;
};

/** A page of a list that is read from either end, newest first. The cursors are ids, which need no row. */
export type ActivityPageRequest = {
  /** How many from the start. */
  readonly first: number | null;
  /** How many from the end, of those that `first` leaves. One of the two must be given. */
  readonly last: number | null;
  /** Only rows that follow this id: lower ids. */
  readonly after: bigint | null;
  /** Only rows that precede this id: higher ids. */
  readonly before: bigint | null;
  /** Only this event, by its whole name. */
  readonly event: string | null;
};

export type ActivityPage = { readonly rows: readonly Activity[]; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };

/** Reads a page of the actor's activity by the pagination algorithm of Relay: at most one row more than the page holds. */
export async function readActivity(actor: Actor, { first, last, after, before, event }: ActivityPageRequest): Promise<ActivityPage> {
  const isForward = first !== null || last === null;
  const size = first ?? last ?? 0;
  const [order, from, to] = isForward ? (['desc', after, before] as const) : (['asc', before, after] as const);
  const filter = { accountId: actor.accountId, event: event === null ? null : toSendable(event) };
  const read = await listActivityRows(actor.tools.db, filter, { order, from, limit: size + 1 });
  const found = to === null ? read : read.filter(({ id }) => (isForward ? id > to : id < to));
  const page = found.slice(0, size);
  const rows = isForward ? page.slice(last === null ? 0 : Math.max(0, page.length - last)) : page.reverse();
  return {
    rows: await showActivity(actor, rows),
    hasNextPage: (isForward && found.length > size) || before !== null,
    hasPreviousPage: (last !== null && found.length > last) || after !== null,
  };
}

/**
 * Lists the actor's activity by numbered pages.
 * @param page counted from 1.
 * @param events parts of event names, any of which may match, without regard to case; none: all.
 */
export async function listActivity(
  actor: Actor,
  { page, perPage, events, order }: { page: number; perPage: number; events: readonly string[]; order: 'asc' | 'desc' },
): Promise<{ rows: readonly Activity[]; total: number }> {
  const { tools, accountId } = actor;
  const filter = { accountId, patterns: events.map((part) => `%${escapeLike(part)}%`) };
  const part = { order, from: null, limit: perPage, offset: (page - 1) * perPage };
  const [rows, total] = await tools.readInTurn(accountId, () =>
    Promise.all([listActivityRows(tools.db, filter, part), countActivityRows(tools.db, filter)]),
  );
  return { rows: await showAsPanel(actor, rows), total };
}

/** Finds one row of the actor's activity by its id. */
export async function findActivity(actor: Actor, id: bigint): Promise<Activity | null> {
  const row = await actor.tools.db.activity.findFirst({ where: { id, accountId: actor.accountId }, select: activityFields });
  const [shown] = row ? await showActivity(actor, [row]) : [];
  return shown ?? null;
}

/** Events of callers who tried to sign in to the account: its owner may see their addresses. */
const signInAttempts: ReadonlySet<string> = new Set<ActivityEvent>(['auth:fail', 'auth:checkpoint']);

/**
 * Decides what an account may see of its activity. Of an event that it did not cause itself, the user agent is hidden; the
 * address is shown of an attempt to sign in, and to administrators.
 */
export async function showActivity(actor: Actor, rows: readonly ActivityRow[]): Promise<Activity[]> {
  return showRows(actor, rows, ({ event }) => signInAttempts.has(event));
}

/** What the panel shows: the same without the addresses of attempts to sign in. */
function showAsPanel(actor: Actor, rows: readonly ActivityRow[]): Promise<Activity[]> {
  return showRows(actor, rows, () => false);
}

async function showRows(
  { tools, accountId }: Actor,
  rows: readonly ActivityRow[],
  hasAddress: (row: ActivityRow) => boolean,
): Promise<Activity[]> {
  const isHidden = (row: ActivityRow) => row.actorId !== accountId && row.ip !== null && !hasAddress(row);
  const reader = rows.some(isHidden) ? await tools.db.account.findFirst({ where: { id: accountId }, select: { admin: true } }) : null;
  return rows.map((row) => {
    const isOwn = row.actorId === accountId;
    const properties = isObject(row.properties) ? row.properties : {};
    if (isOwn) return { ...row, isOwn, properties };
    if (hasAddress(row)) return { ...row, isOwn, userAgent: null, properties };
    const shown = 'ip' in properties ? { ...properties, ip: '[hidden]' } : properties;
    return { ...row, isOwn, ip: reader?.admin ? row.ip : null, userAgent: null, properties: shown };
  });
}

function isObject(value: Prisma.JsonValue): value is Prisma.JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A longer part is cut: it is still longer than any event, and matches none. */
const partCharactersMax = 192;

/** Escapes `%` and `_`, which match anything in a pattern of LIKE. */
function escapeLike(part: string): string {
  return toSendable(part.slice(0, partCharactersMax)).replaceAll(/[\\%_]/g, '\\$&');
}

/** PostgreSQL reads no NUL. The character in its place is in no name of an event either. */
function toSendable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
