import type { Plugin } from 'graphql-yoga';
import type { DocumentLimits } from '../../config/config.ts';
import { limitExceeded } from '../schema/request-limits.ts';
import type { OperationContext } from './context.ts';
import type { Operation } from './limits.ts';
import { measureOnce } from './operation-facts.ts';

/** Estimating how hard a password is to guess takes as long as hashing it. */
const passwordChecksMax = 1;

/**
 * Refuses operations that cost too much, and all but the first that verify a secret, check a password or give the schema,
 * before anything of them is run. Those of a batch are counted together: ten sign-ins in one request are ten guesses, as in
 * one document. A request that holds too many changes is refused as a whole; otherwise each change counts as one request.
 */
export function useOperationLimits({ cost, secrets, introspections, changes }: DocumentLimits): Plugin<OperationContext> {
  const check = async (operation: Operation & { readonly contextValue: OperationContext }) => {
    const size = measureOnce(operation);
    if (size === null) return;
    for (const field of size.fields) operation.contextValue.shared.request.note({ operation: field });
    const { shared, countChanges } = operation.contextValue;
    assertWithin('cost', shared.cost + size.cost, cost);
    shared.cost += size.cost;
    shared.introspections += size.introspections;
    if (size.introspections > 0) assertWithin('introspections', shared.introspections, introspections);
    shared.secrets += size.secrets;
    if (size.secrets > 0) assertWithin('secrets', shared.secrets, secrets);
    shared.passwordChecks += size.passwordChecks;
    if (size.passwordChecks > 0) assertWithin('password checks', shared.passwordChecks, passwordChecksMax);
    assertWithin('changes', await countChanges(size.changes), changes);
    if (size.changes > 1) await shared.request.spend(size.changes - 1);
  };
  return { onExecute: ({ args }) => check(args), onSubscribe: ({ args }) => check(args) };
}

/** @throws GraphQLError of `limitExceeded`. */
function assertWithin(limit: 'cost' | 'secrets' | 'introspections' | 'password checks' | 'changes', found: number, allowed: number): void {
  if (allowed > 0 && found > allowed) throw limitExceeded(limit, found, allowed);
}
