import { planViewer, readViewerRow, type ViewerBounds, type ViewerPart, type ViewerPlan, type ViewerRow } from '../db/statements/viewer.ts';
import type { Actor, Tools } from './actor.ts';
import { Unauthenticated } from './refusals.ts';
import { idleSince } from './sessions/lifetime.ts';

export { planViewer, type ViewerPart, type ViewerPlan, type ViewerRow };

/** The parts that were read with the actor's credential, where the plan names no others; else null. */
export function findLoadedViewer<Part extends ViewerPart>({ loaded }: Actor, { parts }: ViewerPlan<Part>): ViewerRow<Part> | null {
  // What was read has every part of the plan.
  return loaded && [...parts].every((part) => loaded.plan.parts.has(part)) ? (loaded.row as ViewerRow<Part>) : null;
}

/**
 * Reads the parts of the actor's account that a plan names, in one statement.
 * @throws Unauthenticated when it is gone.
 */
export async function readViewer<Part extends ViewerPart>(actor: Actor, plan: ViewerPlan<Part>): Promise<ViewerRow<Part>> {
  const { tools, accountId } = actor;
  const viewer = findLoadedViewer(actor, plan) ?? (await readViewerRow(tools.sql, accountId, plan, boundViewer(tools)));
  if (!viewer) throw new Unauthenticated();
  return viewer;
}

/** What decides which sessions are open, and how long the lists of a viewer are. */
export function boundViewer(tools: Tools): ViewerBounds {
  return { now: tools.now(), idleSince: idleSince(tools), ...tools.limits.listed };
}
