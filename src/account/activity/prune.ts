import { setTimeout as sleep } from 'node:timers/promises';
import { deleteActivity, deleteChallenges, deleteSessions, forgetApiKeys } from '../../db/statements/prune.ts';
import type { Tools } from '../actor.ts';
import { idleSince } from '../sessions/lifetime.ts';

const activityDays = 90;
const dayMs = 86_400_000;
/** The most rows of one statement: it ends long before its timeout, and requests run between two of them. */
const rowsMax = 10_000;
const pauseMs = 100;
/** An instance writes the last request of a session within a second, or later where the database was away. */
const unwrittenMs = 60_000;

/** The numbers of rows that were deleted. */
export type Pruned = { readonly activity: number; readonly sessions: number; readonly challenges: number };

/** Deletes activity older than 90 days, sessions that are over, and sign-ins that were never completed, in portions with a pause. */
export async function prune(tools: Tools): Promise<Pruned> {
  const { db } = tools;
  const now = tools.now();
  const oldest = new Date(now.getTime() - activityDays * dayMs);
  const activity = await deleteInPortions(() => deleteActivity(db, oldest, rowsMax));
  // No row of activity that is left names them.
  await deleteInPortions(() => forgetApiKeys(db, oldest, rowsMax));
  return {
    activity,
    sessions: await pruneSessions(tools),
    challenges: await deleteInPortions(() => deleteChallenges(db, now, rowsMax)),
  };
}

/** @param deletePortion deletes at most `rowsMax` rows and gives their number. */
async function deleteInPortions(deletePortion: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await deletePortion();
    total += deleted;
    if (deleted < rowsMax) return total;
    await sleep(pauseMs);
  }
}

async function pruneSessions(tools: Tools): Promise<number> {
  const bounds = { most: rowsMax, now: tools.now(), idleSince: new Date(idleSince(tools).getTime() - unwrittenMs) };
  let total = 0;
  for (let after = 0; ; ) {
    const { deleted, last } = await deleteSessions(tools.db, { ...bounds, after });
    total += deleted;
    if (last === null) return total;
    after = last;
    await sleep(pauseMs);
  }
}
