import type { Plugin } from 'graphql-yoga';
import { prefersGraphqlResponse } from '../graphql/http/accepted.ts';
import { badRequest, describeAnswer } from '../graphql/http/errors.ts';
import { limitExceeded } from '../graphql/schema/request-limits.ts';
import type { Door, ServerContext } from './door.ts';

/**
 * Several operations in one request, as an array: each is run by itself, at once with the others, and answered at its
 * place. None of them sees what another does to the session.
 */
export function useBatches(door: Door, batchSize: number): Plugin<object, ServerContext> {
  const batches = new WeakSet<Request>();
  return {
    onRequestParse: ({ request, serverContext }) => ({
      async onRequestParseDone({ requestParserResult: operations }) {
        if (!Array.isArray(operations)) return;
        batches.add(request);
        const isTooLong = batchSize > 0 && operations.length > batchSize;
        if (operations.length > 0 && !isTooLong) return;
        // None of its operations is counted; a stranger could send as many of these as they like.
        await door.spend(door.greet(request, serverContext));
        throw isTooLong ? limitExceeded('batch size', operations.length, batchSize) : badRequest('A batch holds at least one operation.');
      },
    }),
    onSubscribe({ args }) {
      if (batches.has(args.contextValue.request)) throw badRequest('A subscription is asked for by itself, not in a batch.');
    },
    onResultProcess({ request, result }) {
      // The server reads status and headers of a whole answer from here, for an array as for an object.
      if (Array.isArray(result)) Object.assign(result, { extensions: { http: describeBatch(result, prefersGraphqlResponse(request)) } });
    },
  };
}

type Result = { readonly errors?: Parameters<typeof describeAnswer>[0] };

/** One rule: what each of them would have been answered with alone where that is the same for all, else 200. */
function describeBatch(results: readonly Result[], isStrict: boolean): { status: number; headers: Record<string, string> } {
  const alone = results.map(({ errors }) => describeAnswer(errors, isStrict));
  const [first = 200, ...others] = new Set(alone.map(({ status }) => status));
  if (others.length > 0) return { status: 200, headers: {} };
  return { status: first, headers: Object.assign({}, ...alone.map(({ headers }) => headers)) };
}
