import type { ExecutionResult } from 'graphql';
import { describeErrors, hideInternals } from './errors.ts';
import { chooseMediaType, eventStream, graphqlResponse, json } from './media-types.ts';

/** An answer as it is sent. */
export type GraphqlAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReadableStream<Uint8Array> | null;
};

/** The result of an operation; the results of a batch; results as they come. */
export type Results = ExecutionResult | ExecutionResult[] | AsyncIterable<ExecutionResult>;

/** Encodes results as an event stream. */
export type EncodeEvents = (results: Results) => Promise<ReadableStream<Uint8Array> | null>;

/** Answers results in the media type that the client accepts. */
export async function respond(results: Results, accept: string | undefined, encodeEvents: EncodeEvents): Promise<GraphqlAnswer> {
  const isStream = Symbol.asyncIterator in results;
  // A client that accepts none of the types is sent the reason in JSON all the same (RFC 9110 §15.5.7).
  const type = isStream ? eventStream : (chooseMediaType(accept) ?? json);
  const { status, headers } = isStream ? { status: 200, headers: {} } : describe(results, type === graphqlResponse);
  if (isStream || type === eventStream) {
    // A proxy that collects an answer before it passes it on would hold every event back.
    const events = await encodeEvents(results);
    // A stream has no end of its own. These events are all there.
    const body = isStream ? events : await new Response(events).text();
    return { status, headers: { 'content-type': type, 'x-accel-buffering': 'no', ...headers }, body };
  }
  const body = Array.isArray(results) ? `[${results.map(print).join(',')}]` : print(results);
  return { status, headers: { 'content-type': type, ...headers }, body };
}

/** A batch has the status of its operations where that is the same for all of them, else 200. */
function describe(results: ExecutionResult | ExecutionResult[], isStrict: boolean) {
  const each = [results].flat().map(({ errors }) => describeErrors(errors, isStrict));
  const [status = 200, ...others] = new Set(each.map((one) => one.status));
  if (others.length > 0) return { status: 200, headers: {} };
  return { status, headers: Object.assign({}, ...each.map(({ headers }) => headers)) as Record<string, string> };
}

function print({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors ? { errors: errors.map(hideInternals), ...rest } : rest);
}
