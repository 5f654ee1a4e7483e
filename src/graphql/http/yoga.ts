import { createYoga, type Plugin } from 'graphql-yoga';
import type { Config } from '../../config/config.ts';
import { buildSchema } from '../schema/schema.ts';
import type { OperationContext } from './context.ts';
import { createDocumentCaches, useValidOnce } from './document-cache.ts';
import { limitDocuments } from './document-limits.ts';
import { findUnfit, noIntrospection } from './documents.ts';
import { useAutomaticPersistedQueries } from './use-automatic-persisted-queries.ts';
import { useOperationLimits } from './use-operation-limits.ts';
import { useProjections } from './use-projections.ts';
import { useSubscriptions } from './use-subscriptions.ts';
import { useTrustedDocuments } from './use-trusted-documents.ts';

export type GraphqlOptions = Pick<Config, 'graphql' | 'documentLimits'> & {
  readonly warn: (details: object, message: string) => void;
};

/** Hooks of Yoga's own way through HTTP, which no request takes here: a plugin with one of them would not be run. */
const unusedHooks = ['onRequest', 'onRequestParse', 'onResultProcess', 'onResponse'];

const useNoIntrospection: Plugin = { onValidate: ({ addValidationRule }) => addValidationRule(noIntrospection) };

/**
 * Creates the GraphQL server: every rule from the parameters of an operation to its result.
 * @returns also what finds the parsed document of a text that was sent before.
 */
export function createServer({ graphql: { documents, isIntrospectionOn }, documentLimits, warn }: GraphqlOptions) {
  const schema = buildSchema();
  for (const unfit of findUnfit(schema, documents ?? new Map())) warn(unfit, 'a document of GRAPHQL_DOCUMENTS does not fit the schema');
  const plugins = [
    useValidOnce(),
    documents ? useTrustedDocuments(documents) : useAutomaticPersistedQueries(),
    ...(isIntrospectionOn ? [] : [useNoIntrospection]),
    ...limitDocuments(documentLimits),
    useOperationLimits(documentLimits),
    useProjections(),
    useSubscriptions(),
  ];
  const unused = plugins.flatMap((plugin) => unusedHooks.filter((hook) => hook in plugin));
  if (unused.length > 0) throw new Error(`no request runs ${unused.join()}`);
  const caches = createDocumentCaches();
  const server = createYoga<OperationContext, OperationContext>({
    schema,
    plugins,
    // Errors are masked in endpoint.ts, which knows the request.
    maskedErrors: false,
    fetchAPI: { Response, ReadableStream },
    parserAndValidationCache: caches,
    logging: { debug() {}, info() {}, warn: (...words) => warn({}, words.join(' ')), error() {} },
  });
  return { server, findDocument: (text: string) => caches.documentCache?.get(text) };
}
