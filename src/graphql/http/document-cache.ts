import type { YogaServerOptions } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/** Together, and each: what is kept of a document takes some fifty bytes for each character of it. */
const charactersMax = 1_000_000;
const documentCharactersMax = 20_000;
const documentsMax = 1_000;

/**
 * Where documents are kept parsed, and the errors of those that cannot be. Bounded by what strangers may have kept in it,
 * not only by how many: a long document is parsed each time.
 */
export function createDocumentCaches(): Caches {
  return { documentCache: createCache(), errorCache: createCache() };
}

type Caches = Exclude<YogaServerOptions<object, object>['parserAndValidationCache'], boolean | undefined>;

function createCache<Parsed extends object>() {
  return new LRUCache<string, Parsed>({
    max: documentsMax,
    maxSize: charactersMax,
    maxEntrySize: documentCharactersMax,
    sizeCalculation: (_parsed, { length }) => length + 1,
  });
}
