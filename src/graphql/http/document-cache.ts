import type { DocumentNode } from 'graphql';
import type { Plugin, YogaServerOptions } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/** The bytes of all documents, and of all errors of texts that are no documents. */
const [documentBytesMax, errorBytesMax] = [10_000_000, 1_000_000];
/** What an entry takes, measured: a token with its part of the tree, a character of the text, an error with its stack. */
const [tokenBytes, characterBytes, errorBytes] = [500, 2, 4_000];

type Caches = Exclude<YogaServerOptions<object, object>['parserAndValidationCache'], boolean | undefined>;

/**
 * Creates the caches of parsed documents and of the errors of texts that cannot be parsed. Unauthenticated callers can fill
 * them, so their bytes are limited and not only their number. A document of a tenth of the cache is parsed each time.
 */
export function createDocumentCaches() {
  return {
    documentCache: new LRUCache<string, DocumentNode>({
      maxSize: documentBytesMax,
      maxEntrySize: documentBytesMax / 10,
      sizeCalculation: (document, { length }) => countTokens(document) * tokenBytes + length * characterBytes + 1,
    }),
    errorCache: new LRUCache<string, Error>({
      maxSize: errorBytesMax,
      maxEntrySize: errorBytesMax / 10,
      sizeCalculation: (_error, { length }) => errorBytes + length * characterBytes,
    }),
    // `useValidOnce` instead: the cache of Yoga keeps a hundred errors, each with its stack, of every document that is not valid.
    validationCache: false,
  } satisfies Caches;
}

function countTokens({ loc }: DocumentNode): number {
  let count = 0;
  for (let token = loc?.startToken ?? null; token; token = token.next) count += 1;
  return count;
}

/** Validates a valid document once, as long as it is kept, and one that is not valid each time. */
export function useValidOnce(): Plugin {
  const valid = new WeakSet<DocumentNode>();
  return {
    onValidate({ params: { documentAST }, setResult }) {
      if (valid.has(documentAST)) return setResult([]);
      return (validated) => {
        if (validated.valid) valid.add(documentAST);
      };
    },
  };
}
