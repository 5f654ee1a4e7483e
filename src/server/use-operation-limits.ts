import type { Plugin } from 'graphql-yoga';
import type { DocumentLimits } from '../config/config.ts';
import type { GraphContext } from '../graphql/builder.ts';
import { limitExceeded, measureOperation, type Operation } from '../graphql/limits.ts';

/**
 * Refuses operations that cost too much, and all but the first that check a secret, before anything of them is run. The
 * secrets of a batch are counted together: ten sign-ins in one request are ten guesses, as they are in one document.
 */
export function useOperationLimits({ cost, secrets }: Pick<DocumentLimits, 'cost' | 'secrets'>): Plugin<GraphContext> {
  const secretsOf = new WeakMap<Request, number>();
  const check = (operation: Operation, request: Request) => {
    const size = measureOperation(operation);
    if (size === null) return;
    if (cost > 0 && size.cost > cost) throw limitExceeded('cost', size.cost, cost);
    if (size.secrets === 0) return;
    const found = (secretsOf.get(request) ?? 0) + size.secrets;
    secretsOf.set(request, found);
    if (secrets > 0 && found > secrets) throw limitExceeded('secrets', found, secrets);
  };
  return {
    onExecute: ({ args }) => check(args, args.contextValue.request),
    onSubscribe: ({ args }) => check(args, args.contextValue.request),
  };
}
