import type { YogaServerOptions } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/** The characters of all documents, and of one. A parsed document takes about fifty bytes per character. */
const charactersMax = 1_000_000;
const documentCharactersMax = 20_000;
const documentsMax = 1_000;

/**
 * Creates the caches of parsed documents and of the errors of invalid ones. Unauthenticated callers can fill them, so their
 * size is limited and not only their number. A long document is parsed each time.
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
