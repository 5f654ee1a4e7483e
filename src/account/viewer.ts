import { planViewer, readViewerRow, type ViewerPart, type ViewerPlan, type ViewerRow } from '../db/statements/viewer.ts';
import type { Actor, Visitor } from './actor.ts';
import { Unauthenticated } from './refusals.ts';
import { idleSince } from './sessions/lifetime.ts';

export { planViewer, type ViewerPart, type ViewerPlan, type ViewerRow };

/**
 * Reads the parts of the actor's account that a plan names, in one statement.
 * @throws Unauthenticated when it is gone.
 */
export async function readViewer({ tools, accountId }: Actor, plan: ViewerPlan): Promise<ViewerRow> {
  const viewer = await readViewerRow(tools.sql, accountId, plan, sessionTimes(tools));
  if (!viewer) throw new Unauthenticated();
  return viewer;
}

/** The times that decide which sessions are open. */
export function sessionTimes(tools: Visitor['tools']) {
  return { now: tools.now(), idleSince: idleSince(tools) };
}
