import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { type TrustedDocuments, withoutAlgorithm } from '../../config/trusted-documents.ts';
import type { OperationContext } from './context.ts';
import { badRequest } from './errors.ts';

/** Runs the documents of a list, by their ids, and no others: a document that a client sends is not parsed. */
export function useTrustedDocuments(documents: TrustedDocuments): Plugin<object, OperationContext> {
  return {
    onParams({ params, setParams, context }) {
      if (params.query) throw badRequest('Only listed documents are executed. Send the id of one as documentId, without a document.');
      const id = readId(params, context.shared.request.url.searchParams);
      if (id === null) throw badRequest('Only listed documents are executed. Send the id of one as documentId.');
      const query = documents.get(withoutAlgorithm(id));
      if (query === undefined) throw badRequest('No listed document has this id.');
      const { operationName, variables, extensions } = params;
      setParams({
        query,
        ...(operationName ? { operationName } : {}),
        ...(variables ? { variables } : {}),
        ...(extensions ? { extensions } : {}),
      });
    },
  };
}

/** `documentId`, `doc_id` as the examples of Relay send it, or the hash of Apollo's persisted queries. */
function readId(params: GraphQLParams & { documentId?: unknown; doc_id?: unknown }, search: URLSearchParams): string | null {
  const { documentId, doc_id, extensions } = params;
  const candidates = [documentId, doc_id, extensions?.['persistedQuery']?.sha256Hash, search.get('documentId'), search.get('doc_id')];
  return candidates.find((candidate) => typeof candidate === 'string' && candidate !== '') ?? null;
}
