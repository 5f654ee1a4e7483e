import type { GraphContext } from './builder.ts';
import { fieldCosts } from './field-costs.ts';
import { limitExceeded } from './request-limits.ts';

/** How long a page is when nobody says. */
export const pageSizeDefault = 25;

/** Of a field that checks a password, a code or a recovery token: so many of a request, and dear. */
export const secretField = { extensions: { checksSecret: true }, complexity: fieldCosts.secret } as const;

/** A list of the account, at the longest that the limits let it grow; about 25 where they do not bound it. */
export function listCost(length: number) {
  return { field: fieldCosts.statement, multiplier: length === 0 ? pageSizeDefault : length };
}

/**
 * A page of a list.
 * @throws GraphQLError of `limitExceeded` when it is asked for longer than pages may be.
 */
export function pageCost({ first, last }: PageArguments, context: GraphContext) {
  const length = first == null && last == null ? pageSizeDefault : Math.max(0, first ?? 0, last ?? 0);
  if (length > pageSizeMax(context)) throw limitExceeded('page size', length, pageSizeMax(context));
  return { field: fieldCosts.statement, multiplier: length };
}

type PageArguments = { readonly first?: number | null | undefined; readonly last?: number | null | undefined };

/** The longest that a page may be; where there is no limit, the longest that a limit could be. */
export function pageSizeMax({
  visitor: {
    tools: { limits },
  },
}: GraphContext): number {
  return limits.pageSizeMax === 0 ? 1_000_000 : limits.pageSizeMax;
}
