import type { Tools } from '../actor.ts';

const activityDays = 90;
const dayMs = 86_400_000;

/** How much was pruned. */
export type Pruned = { readonly activity: number; readonly sessions: number; readonly challenges: number };

/** Forgets activity past 90 days, sessions past their end, and sign-ins that were never completed. */
export async function prune({ db, now, sessionLifetime }: Tools): Promise<Pruned> {
  const at = now();
  const idleSince = new Date(at.getTime() - sessionLifetime.idleSeconds * 1000);
  const activity = await db.activity.deleteMany({ where: { occurredAt: { lt: new Date(at.getTime() - activityDays * dayMs) } } });
  const sessions = await db.session.deleteMany({ where: { OR: [{ expiresAt: { lte: at } }, { lastSeenAt: { lte: idleSince } }] } });
  const challenges = await db.signInChallenge.deleteMany({ where: { expiresAt: { lte: at } } });
  return { activity: activity.count, sessions: sessions.count, challenges: challenges.count };
}
