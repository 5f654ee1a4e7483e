import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
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

// Found once for each place of a document that is kept.
const plans = new WeakMap<FieldNode, ViewerPlan>();

/** What a field of the type `Viewer` reads, regardless of the conditions on its selections. */
export function planOfField({ fieldNodes, fragments }: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>): ViewerPlan {
  const [first, ...others] = fieldNodes;
  // A place that is merged with others is merged with fewer elsewhere: in another operation, by a fragment, or by a condition.
  if (!first || others.length > 0) return planOf(fieldNodes, fragments);
  const plan = plans.get(first) ?? planOf(fieldNodes, fragments);
  plans.set(first, plan);
  return plan;
}

/** What a query reads of the viewer, in all its fields `viewer`; null for another operation, and where it has no such field. */
export function planOfQuery({ definitions }: DocumentNode, { operation, selectionSet }: OperationDefinitionNode): ViewerPlan | null {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const one of definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments[one.name.value] = one;
  const fields = [...fieldsIn(selectionSet, fragments)].filter(({ name }) => name.value === 'viewer');
  return operation === 'query' && fields.length > 0 ? planOf(fields, fragments) : null;
}

/** One plan for all that several plans read. */
export function joinPlans(all: readonly ViewerPlan[]): ViewerPlan {
  const [first, ...others] = all;
  return first && others.length === 0 ? first : planViewer(new Set(all.flatMap(({ parts }) => [...parts])));
}

function planOf(fields: readonly FieldNode[], fragments: Fragments): ViewerPlan {
  const names = fields.flatMap(({ selectionSet }) => (selectionSet ? [...fieldsIn(selectionSet, fragments)] : []));
  return planViewer(new Set(names.flatMap(({ name }) => partOf[name.value] ?? [])));
}

function* fieldsIn({ selections }: SelectionSetNode, fragments: Fragments): Generator<FieldNode> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection;
    else {
      const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value];
      if (inner) yield* fieldsIn(inner.selectionSet, fragments);
    }
  }
}
