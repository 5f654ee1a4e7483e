import { type DirectiveNode, type FragmentDefinitionNode, GraphQLError, Kind, type SelectionSetNode, type ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { OperationContext } from './context.ts';
import { badRequest, notAcceptable } from './errors.ts';
import { acceptsEventStream } from './media-types.ts';

/** Refuses subscriptions that cannot be answered as an event stream, before anything is opened for them. */
export function useSubscriptions(): Plugin<OperationContext> {
  return {
    onValidate: ({ addValidationRule }) => addValidationRule(refuseConditions),
    onSubscribe({ args: { contextValue } }) {
      const { request, isBatch } = contextValue.shared;
      if (!acceptsEventStream(request.header('accept'))) {
        throw notAcceptable('A subscription is answered as an event stream: send Accept: text/event-stream.');
      }
      if (isBatch) throw badRequest('Send a subscription by itself, not in a batch.');
    },
  };
}

/**
 * The validation rule that a subscription has its field in any case (GraphQL, September 2025, §5.2.4.1). It throws before the other
 * rules reach the operation: one of them evaluates conditions without the variables, and an operation without a field is run.
 */
const refuseConditions: ValidationRule = () => ({
  Document: ({ definitions }) => {
    const fragments = new Map<string, FragmentDefinitionNode>();
    for (const one of definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
    for (const one of definitions) {
      const isSubscription = one.kind === Kind.OPERATION_DEFINITION && one.operation === 'subscription';
      const [condition] = isSubscription ? listConditions(one.selectionSet, fragments) : [];
      if (!condition) continue;
      const extensions = { code: 'BAD_REQUEST', http: { status: 400, spec: true } };
      throw new GraphQLError('The field of a subscription has no @skip and no @include.', { nodes: condition, extensions });
    }
  },
});

/** Lists the conditions on the selections of the root. Each fragment is followed once: it can be within itself. */
function listConditions({ selections }: SelectionSetNode, fragments: Map<string, FragmentDefinitionNode>): DirectiveNode[] {
  return selections.flatMap((selection) => {
    const conditions = (selection.directives ?? []).filter(({ name }) => name.value === 'skip' || name.value === 'include');
    if (selection.kind === Kind.FIELD) return conditions;
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    if (selection.kind === Kind.FRAGMENT_SPREAD) fragments.delete(selection.name.value);
    return inner ? [...conditions, ...listConditions(inner.selectionSet, fragments)] : conditions;
  });
}
