import type { Prisma } from '../../db/database.ts';
import type { Tools } from '../actor.ts';

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

type Reading = { floor: bigint; marks: { readonly id: bigint; readonly at: number }[]; readonly given: Set<bigint> };

/** Makes a tail. Reads by number, not by time: the clocks of several instances differ. */
export function createTail({ db, now }: Pick<Tools, 'db' | 'now'>): Tail {
  let current: Promise<Reading> | null = null;
  const begin = async (): Promise<Reading> => ({ floor: await findSettled({ db, now }), marks: [], given: new Set() });
  return {
    read: async (accountIds) => {
      // Held on to: what is forgotten meanwhile must not be half of this reading and half of the next.
      const started = current ?? begin();
      current = started;
      const reading = await started.catch((error) => {
        current = null;
        throw error;
      });
      const newest = (await db.activity.aggregate({ _max: { id: true } }))._max.id ?? 0n;
      const where = { accountId: { in: accountIds }, id: { gt: reading.floor } };
      const rows = await db.activity.findMany({ where, orderBy: { id: 'asc' }, select: activityHead });
      const fresh = rows.filter(({ id }) => !reading.given.has(id));
      for (const { id } of fresh) reading.given.add(id);
      settle(reading, newest, now().getTime());
      return fresh;
    },
    forget: () => {
      current = null;
    },
  };
}

/** Raises the floor to the newest number that is old enough, and forgets what is below it. */
function settle(reading: Reading, newest: bigint, at: number): void {
  if (newest > (reading.marks.at(-1)?.id ?? reading.floor)) reading.marks.push({ id: newest, at });
  const settled = reading.marks.findLast((mark) => mark.at <= at - settledMs);
  if (!settled) return;
  reading.floor = settled.id;
  reading.marks = reading.marks.filter(({ id }) => id > settled.id);
  for (const id of reading.given) if (id <= settled.id) reading.given.delete(id);
}

async function findSettled({ db, now }: Pick<Tools, 'db' | 'now'>): Promise<bigint> {
  const occurredAt = { lt: new Date(now().getTime() - settledMs) };
  const row = await db.activity.findFirst({ where: { occurredAt }, orderBy: { occurredAt: 'desc' }, select: { id: true } });
  return row?.id ?? 0n;
}
