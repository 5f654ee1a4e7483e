import type { Tools } from '../actor.ts';
import { idleSince } from '../sessions/lifetime.ts';

const activityDays = 90;
const dayMs = 86_400_000;

/** The numbers of rows that were deleted. */
export type Pruned = { readonly activity: number; readonly sessions: number; readonly challenges: number };

/** Deletes activity older than 90 days, sessions that are over, and sign-ins that were never completed. */
export async function prune(tools: Tools): Promise<Pruned> {
  const { db, now } = tools;
  const at = now();
  const oldest = new Date(at.getTime() - activityDays * dayMs);
  const activity = await db.activity.deleteMany({ where: { occurredAt: { lt: oldest } } });
  // No row of activity that is left names them.
  await db.deletedApiKey.deleteMany({ where: { deletedAt: { lt: oldest } } });
  const sessions = await db.session.deleteMany({ where: { OR: [{ expiresAt: { lte: at } }, { lastSeenAt: { lte: idleSince(tools) } }] } });
  const challenges = await db.signInChallenge.deleteMany({ where: { expiresAt: { lte: at } } });
  return { activity: activity.count, sessions: sessions.count, challenges: challenges.count };
}
