import type { GraphContext } from './builder.ts';
import { fieldCosts } from './field-costs.ts';
import { limitExceeded } from './request-limits.ts';

/** The edges of a page where neither `first` nor `last` is given. */
export const pageSizeDefault = 25;

/** The cost of a list of the account at its maximum length. */
export function listCost(length: number) {
  return { field: fieldCosts.statement, multiplier: length };
}

/**
 * The cost of a page of a list.
 * @throws GraphQLError of `limitExceeded` when the page is longer than the limit.
 */
export function pageCost({ first, last }: PageArguments, context: GraphContext) {
  const length = first == null && last == null ? pageSizeDefault : Math.max(0, first ?? 0, last ?? 0);
  if (length > pageSizeMax(context)) throw limitExceeded('page size', length, pageSizeMax(context));
  return { field: fieldCosts.statement, multiplier: length };
}

type PageArguments = { readonly first?: number | null | undefined; readonly last?: number | null | undefined };

/** The maximum length of a page; where there is no limit, the greatest number that a limit can be. */
export function pageSizeMax({
  visitor: {
    tools: { limits },
  },
}: GraphContext): number {
  return limits.pageSizeMax === 0 ? 1_000_000 : limits.pageSizeMax;
}
