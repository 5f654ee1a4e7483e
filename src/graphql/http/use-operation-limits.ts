import type { Plugin } from 'graphql-yoga';
import type { DocumentLimits } from '../../config/config.ts';
import { limitExceeded } from '../schema/request-limits.ts';
import type { OperationContext } from './context.ts';
import { measureOperation, type Operation } from './limits.ts';

/**
 * Refuses operations that cost too much, and all but the first that verify a secret or give the schema, before anything of
 * them is run. Those of a batch are counted together: ten sign-ins in one request are ten guesses, as in one document.
 */
export function useOperationLimits({ cost, secrets, introspections }: DocumentLimits): Plugin<OperationContext> {
  const check = (operation: Operation & { readonly contextValue: OperationContext }) => {
    const size = measureOperation(operation);
    if (size === null) return;
    if (cost > 0 && size.cost > cost) throw limitExceeded('cost', size.cost, cost);
    const { shared } = operation.contextValue;
    shared.introspections += size.introspections;
    if (size.introspections > 0) assertWithin('introspections', shared.introspections, introspections);
    shared.secrets += size.secrets;
    if (size.secrets > 0) assertWithin('secrets', shared.secrets, secrets);
  };
  return { onExecute: ({ args }) => check(args), onSubscribe: ({ args }) => check(args) };
}

/** @throws GraphQLError of `limitExceeded`. */
function assertWithin(limit: 'secrets' | 'introspections', found: number, allowed: number): void {
  if (allowed > 0 && found > allowed) throw limitExceeded(limit, found, allowed);
}
