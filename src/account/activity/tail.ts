import type { Prisma } from '../../db/database.ts';
import type { Tools } from '../viewer.ts';

const activityHead = { id: true, accountId: true, event: true } as const satisfies Prisma.ActivitySelect;

/** A row of activity, as much of it as says whom it concerns. */
export type ActivityHead = Prisma.ActivityGetPayload<{ select: typeof activityHead }>;

/** The growing end of the activity of all accounts. */
export type Tail = {
  /** The rows of these accounts that no earlier reading gave, in their order; the first reading gives some that are older. */
  read(accountIds: number[]): Promise<ActivityHead[]>;
  /** Begins anew. */
  forget(): void;
};

/**
 * Rows get their number before they are committed, so one may turn up below others that were read. No transaction lasts
 * half as long as this (`createClient` bounds them): below a number as old as this, nothing is still to come.
 */
const settledMs = 40_000;

/** Makes a tail. Reads by number, not by time: the clocks of several instances differ. */
export function createTail({ db, now }: Pick<Tools, 'db' | 'now'>): Tail {
  let floor: bigint | null = null;
  let marks: { id: bigint; at: number }[] = [];
  const given = new Set<bigint>();
  const settle = (newest: bigint) => {
    const at = now().getTime();
    if (newest > (marks.at(-1)?.id ?? floor ?? 0n)) marks.push({ id: newest, at });
    const settled = marks.findLast((mark) => mark.at <= at - settledMs);
    if (!settled) return;
    floor = settled.id;
    marks = marks.filter(({ id }) => id > settled.id);
    for (const id of given) if (id <= settled.id) given.delete(id);
  };
  return {
    read: async (accountIds) => {
      floor ??= await findSettled({ db, now });
      const newest = (await db.activity.aggregate({ _max: { id: true } }))._max.id ?? 0n;
      const where = { accountId: { in: accountIds }, id: { gt: floor } };
      const rows = (await db.activity.findMany({ where, orderBy: { id: 'asc' }, select: activityHead })).filter(({ id }) => !given.has(id));
      for (const { id } of rows) given.add(id);
      settle(newest);
      return rows;
    },
    forget: () => {
      floor = null;
      marks = [];
      given.clear();
    },
  };
}

async function findSettled({ db, now }: Pick<Tools, 'db' | 'now'>): Promise<bigint> {
  const occurredAt = { lt: new Date(now().getTime() - settledMs) };
  const row = await db.activity.findFirst({ where: { occurredAt }, orderBy: { occurredAt: 'desc' }, select: { id: true } });
  return row?.id ?? 0n;
}
