import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, type ValidationRule } from 'graphql';
import { limitExceeded } from '../schema/request-limits.ts';

/** Fields and fragments of a document, with those of a fragment at every place that it stands. */
const selectionsMax = 5_000;
/** Pairs of fields that have one name at one place, and of fragments at one place: validation compares each with each. */
const pairsMax = 3_000;
/** The values of all variables, those in lists and objects included. */
const valuesMax = 2_000;

/**
 * The validation rule that bounds the work of the other rules: they compare every two fields that answer under one name.
 * A fragment is followed once at each place.
 */
export const limitRepetition: ValidationRule = () => ({
  Document: (document) => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
    for (const one of document.definitions) if (one.kind === Kind.OPERATION_DEFINITION) countExpanded(one.selectionSet, fragments);
    countPairs(document, fragments);
  },
});

/**
 * Counts the selections of an operation with those of a fragment for each of its spreads, also where it is spread twice at one
 * place: the cost and the depth are measured so. Each fragment is counted once, or a kilobyte of fragments would take minutes.
 * @throws GraphQLError of `limitExceeded`.
 */
function countExpanded(operation: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): void {
  const counted = new Map<string, number>();
  const countFragment = (name: string): number => {
    const known = counted.get(name);
    if (known !== undefined) return known;
    // A fragment within itself is refused by another rule.
    counted.set(name, 0);
    const fragment = fragments.get(name);
    const size = fragment ? count(fragment.selectionSet) : 0;
    counted.set(name, size);
    return size;
  };
  const count = ({ selections }: SelectionSetNode): number => {
    let size = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) size += 1 + countFragment(selection.name.value);
      else size += 1 + (selection.selectionSet ? count(selection.selectionSet) : 0);
      if (size > selectionsMax) throw limitExceeded('fields', size, selectionsMax);
    }
    return size;
  };
  count(operation);
}

function countPairs({ definitions }: DocumentNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): void {
  let selections = 0;
  let pairs = 0;
  const pair = (others: number) => {
    pairs += others;
    if (pairs > pairsMax) throw limitExceeded('repeated fields', pairs, pairsMax);
  };
  /** The selections of one place: of all fields that have one name there. */
  const visit = (place: readonly SelectionSetNode[]): void => {
    const fields = new Map<string, { count: number; readonly inner: SelectionSetNode[] }>();
    const followed = new Set<string>();
    const collect = (set: SelectionSetNode): void => {
      for (const selection of set.selections) {
        selections += 1;
        if (selections > selectionsMax) throw limitExceeded('fields', selections, selectionsMax);
        if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const field = fields.get(name) ?? { count: 0, inner: [] };
          fields.set(name, field);
          pair(field.count);
          field.count += 1;
          if (selection.selectionSet) field.inner.push(selection.selectionSet);
        } else if (!followed.has(selection.name.value)) {
          pair(followed.size);
          followed.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) collect(fragment.selectionSet);
        }
      }
    };
    place.forEach(collect);
    for (const { inner } of fields.values()) if (inner.length > 0) visit(inner);
  };
  for (const one of definitions) {
    if (one.kind === Kind.OPERATION_DEFINITION || one.kind === Kind.FRAGMENT_DEFINITION) visit([one.selectionSet]);
  }
}

/**
 * Bounds the variables of an operation: each of their values is coerced, and again when the operation is run.
 * @throws GraphQLError of `limitExceeded`.
 */
export function limitVariables(variables: unknown): void {
  const waiting: unknown[] = [variables];
  let found = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) {
      found += 1;
      if (found > valuesMax) throw limitExceeded('variables', found, valuesMax);
      waiting.push(inner);
    }
  }
}
