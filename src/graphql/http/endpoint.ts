import type { DocumentNode, ExecutionResult, GraphQLError } from 'graphql';
import { type GraphQLParams, getSSEProcessor, isAsyncIterable, mapAsyncIterator } from 'graphql-yoga';
import type { ViewerPlan } from '../../account/viewer.ts';
import { joinPlans } from '../schema/viewer-parts.ts';
import { type CountChanges, createChangeCount } from './change-count.ts';
import { admit, createContext, type GraphqlRequest, type SharedContext } from './context.ts';
import { limitVariables } from './document-size.ts';
import { hideSuggestion } from './documents.ts';
import { badRequest, maskError } from './errors.ts';
import { findViewerPlan } from './operation-facts.ts';
import { chooseReader, type Operations, readEarly, readOperations, refuseLateBody } from './read-operations.ts';
import { type GraphqlAnswer, type Results, respond } from './response.ts';
import { createServer, type GraphqlOptions } from './yoga.ts';

/** All that Yoga and its plugins read of a request is its method. */
const requests = { GET: new Request('http://localhost/graphql'), POST: new Request('http://localhost/graphql', { method: 'POST' }) };

/** Creates the GraphQL API: it reads the operations of a request, runs each in a context of its own, and answers. */
export function createEndpoint(options: GraphqlOptions): (request: GraphqlRequest) => Promise<GraphqlAnswer> {
  const { server, findDocument } = createServer(options);
  const encode = getSSEProcessor();
  const encodeEvents = async (results: Results) => (await encode(results, server.fetchAPI, 'text/event-stream')).body;

  const run = async (params: unknown, at: number, shared: SharedContext, countChanges: CountChanges) => {
    const { request } = shared;
    // The first is counted before the body is read.
    if (at > 0) await request.spend(1);
    if (!isParams(params)) throw badRequest('An operation is a JSON object with a query.');
    limitVariables(params.variables);
    const context = createContext(shared, countChanges);
    return (
      (await server.getResultForParams(
        { params: withoutEmpty(params), request: request.method === 'GET' ? requests.GET : requests.POST },
        context,
      )) ?? {}
    );
  };

  const runAll = async (request: GraphqlRequest): Promise<Results> => {
    const read = await chooseReader(request);
    const early = await readEarly(request, read, options.documentLimits.batchSize);
    const caller = await admit(request, early && findPlan(early, findDocument));
    const { sent, isBatch } = early ?? (await readOperations(request, read, options.documentLimits.batchSize));
    const shared = { request, caller, isBatch, cost: 0, secrets: 0, introspections: 0, passwordChecks: 0 };
    const createCounter = createChangeCount(sent.length);
    const results = await Promise.all(
      sent.map(async (params, at) => {
        const countChanges = createCounter();
        // One that is refused before it is counted must not keep the others waiting.
        return run(params, at, shared, countChanges)
          .catch(refuse)
          .finally(() => void countChanges(0));
      }),
    );
    const [result = {}] = results;
    return isBatch ? results.filter((one): one is ExecutionResult => !isAsyncIterable(one)) : result;
  };

  return async (request) => {
    const mask = (error: unknown): GraphQLError => {
      const masked = maskError(error, request.report);
      request.note({ outcome: String(masked.extensions['code'] ?? 'BAD_REQUEST') });
      return options.graphql.isIntrospectionOn ? masked : hideSuggestion(masked);
    };
    let running: Promise<Results> | null = null;
    const inTime = () => {
      running = runAll(request);
      return running;
    };
    const results = await request.inTime(inTime).catch((error) => {
      // A stream that begins after its request was refused has no reader.
      running?.then(endStream, () => undefined);
      // The client closed its connection within the body: no answer is read.
      if (request.left().aborted) throw error;
      return request.isBodyAwaited() ? refuseLateBody(request).catch(refuse) : refuse(error);
    });
    return respond(maskResults(results, mask), request.header('accept'), encodeEvents);
  };
}

/** What the queries of a request read of the viewer; null where one of them is not known yet, or changes something. */
function findPlan({ sent }: Operations, findDocument: (text: string) => DocumentNode | undefined): ViewerPlan | null {
  const plans = sent.map((params) => {
    if (!isParams(params) || typeof params.query !== 'string') return null;
    return findViewerPlan(findDocument(params.query), params.operationName);
  });
  return plans.every((plan) => plan !== null) ? joinPlans(plans) : null;
}

function isParams(sent: unknown): sent is GraphQLParams {
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent);
}

/** Some clients send an id beside the query, and empty texts for what they leave out. */
function withoutEmpty({ id: _id, ...params }: GraphQLParams & { readonly id?: unknown }): GraphQLParams {
  const optional = ['operationName', 'variables', 'extensions'];
  return Object.fromEntries(Object.entries(params).filter(([name, value]) => !(value === '' && optional.includes(name))));
}

/** What was thrown before an operation was run is its result; `mask` makes an error of it that the caller may see. */
function refuse(error: GraphQLError): ExecutionResult {
  return { errors: [error] };
}

async function endStream(results: Results): Promise<void> {
  if (isAsyncIterable(results)) await results[Symbol.asyncIterator]().return?.();
}

function maskResults(results: Results, mask: (error: unknown) => GraphQLError): Results {
  const maskOne = (result: ExecutionResult) => (result.errors ? { ...result, errors: result.errors.map(mask) } : result);
  if (isAsyncIterable(results)) return mapAsyncIterator(results, maskOne);
  return Array.isArray(results) ? results.map(maskOne) : maskOne(results);
}
