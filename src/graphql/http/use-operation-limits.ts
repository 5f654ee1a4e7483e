import type { Plugin } from 'graphql-yoga';
import type { DocumentLimits } from '../../config/config.ts';
import type { GraphContext } from '../schema/builder.ts';
import { limitExceeded, type RequestLimit } from '../schema/request-limits.ts';
import { measureOperation, type Operation } from './limits.ts';

/**
 * Refuses operations that cost too much, and all but the first that check a secret or give the schema, before anything of
 * them is run. Those of a batch are counted together: ten sign-ins in one request are ten guesses, as in one document.
 */
export function useOperationLimits({ cost, secrets, introspections }: DocumentLimits): Plugin<GraphContext> {
  const secretsOf = createTally('secrets', secrets);
  const introspectionsOf = createTally('introspections', introspections);
  const check = (operation: Operation, request: Request) => {
    const size = measureOperation(operation);
    if (size === null) return;
    if (cost > 0 && size.cost > cost) throw limitExceeded('cost', size.cost, cost);
    introspectionsOf.add(request, size.introspections);
    secretsOf.add(request, size.secrets);
  };
  return {
    onExecute: ({ args }) => check(args, args.contextValue.request),
    onSubscribe: ({ args }) => check(args, args.contextValue.request),
  };
}

/** Counts something over all the operations of a request. */
function createTally(limit: RequestLimit, allowed: number) {
  const counted = new WeakMap<Request, number>();
  return {
    /** @throws GraphQLError of `limitExceeded`. */
    add(request: Request, count: number): void {
      const found = (counted.get(request) ?? 0) + count;
      counted.set(request, found);
      if (count > 0 && allowed > 0 && found > allowed) throw limitExceeded(limit, found, allowed);
    },
  };
}
