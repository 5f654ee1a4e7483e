import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { sha256Hex } from '../../crypto/digest.ts';
import { badRequest, persistedQueryNotFound } from './errors.ts';

const documentsMax = 1_000;
const hashCharacters = 64;
/** The characters of all documents. Unauthenticated callers can fill the store, so its size is limited. */
const charactersMax = 4 * 1024 * 1024;

/**
 * Automatic persisted queries, by the protocol of Apollo: a client sends the SHA-256 of a document instead of the document.
 * For an unknown hash it is asked for both. The least recently used document is dropped first; its client sends it again.
 */
export function useAutomaticPersistedQueries(): Plugin {
  const documents = new LRUCache<string, string>({ max: documentsMax, maxSize: charactersMax, sizeCalculation: ({ length }) => length });
  return {
    onParams({ params, setParams }) {
      const hash = readHash(params?.extensions);
      if (hash === null) return;
      if (params.query == null) {
        const query = documents.get(hash);
        if (query === undefined) throw persistedQueryNotFound();
        return setParams({ ...params, query });
      }
      // Otherwise a client could store another document under the hash of a document.
      if (typeof params.query !== 'string' || sha256Hex(params.query) !== hash) {
        throw badRequest('The SHA-256 of the document differs from extensions.persistedQuery.sha256Hash.');
      }
      if (params.query !== '') documents.set(hash, params.query);
    },
  };
}

/** The hash of `extensions.persistedQuery`; null where there is none. */
function readHash(extensions: unknown): string | null {
  if (typeof extensions !== 'object' || extensions === null || !('persistedQuery' in extensions)) return null;
  const asked: unknown = extensions.persistedQuery;
  if (asked === null || asked === undefined) return null;
  const isKnown = typeof asked === 'object' && 'version' in asked && asked.version === 1;
  if (!isKnown || !('sha256Hash' in asked) || typeof asked.sha256Hash !== 'string' || !isHash(asked.sha256Hash)) {
    throw badRequest('extensions.persistedQuery must be { "version": 1, "sha256Hash": 64 hexadecimal digits }.');
  }
  return asked.sha256Hash.toLowerCase();
}

function isHash(text: string): boolean {
  return text.length === hashCharacters && /^[0-9a-f]+$/i.test(text);
}
