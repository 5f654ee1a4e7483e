import { GraphQLError } from 'graphql';

/** The limits of a request. */
export type RequestLimit =
  | 'characters'
  | 'name length'
  | 'tokens'
  | 'depth'
  | 'aliases'
  | 'fields'
  | 'repeated fields'
  | 'variables'
  | 'directives'
  | 'cost'
  | 'changes'
  | 'secrets'
  | 'password checks'
  | 'introspections'
  | 'page size'
  | 'batch size'
  | 'subscriptions';

/** The refusal of a request that exceeds a limit, before any of it is executed. */
export function limitExceeded(limit: RequestLimit, found: number, allowed: number): GraphQLError {
  const extensions = { code: 'BAD_REQUEST', limit, found, allowed, http: { status: 400 } };
  return new GraphQLError(`Limit of ${limit} exceeded: ${found} asked for, ${allowed} allowed.`, { extensions });
}
