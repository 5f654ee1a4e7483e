import { type FieldNode, type FragmentDefinitionNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { planViewer, type ViewerPart, type ViewerPlan } from '../../account/viewer.ts';

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** Fields of the viewer that its statement reads. The other fields read for themselves. */
const partOf: Readonly<Record<string, ViewerPart>> = {
  profile: 'profile',
  twoFactor: 'twoFactor',
  apiKeys: 'apiKeys',
  sshKeys: 'sshKeys',
  sessions: 'sessions',
};

// Found once for each field of a document that is kept.
const plans = new WeakMap<FieldNode, ViewerPlan>();

/** Which parts a field of the type `Viewer` asks for, whatever its conditions say. */
export function planOf({ fieldNodes, fragments }: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): ViewerPlan {
  const [first] = fieldNodes;
  const known = first && plans.get(first);
  if (known) return known;
  const parts = new Set<ViewerPart>();
  for (const { selectionSet } of fieldNodes) if (selectionSet) collect(selectionSet, fragments, parts);
  const plan = planViewer(parts);
  if (first) plans.set(first, plan);
  return plan;
}

function collect({ selections }: SelectionSetNode, fragments: Fragments, parts: Set<ViewerPart>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const part = partOf[selection.name.value];
      if (part) parts.add(part);
    } else {
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
      if (inner) collect(inner.selectionSet, fragments, parts);
    }
  }
}
