import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

export const json = 'application/json; charset=utf-8';
export const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
export const eventStream = 'text/event-stream';

// Most clients send one of a few headers, and reading one takes as long as the answer's JSON.
const choices = new LRUCache<string, { readonly type: string | null }>({ max: 200 });
/** A longer header is read each time: callers choose what is kept. */
const keptCharactersMax = 500;

/** The media type of an answer: JSON where the client accepts it; null where the client accepts none of ours. */
export function chooseMediaType(accept = ''): string | null {
  const known = choices.get(accept);
  if (known) return known.type;
  const accepted = negotiate(accept);
  const type = accepted.mediaType([json, graphqlResponse]) ?? accepted.mediaType([eventStream]) ?? null;
  if (accept.length <= keptCharactersMax) choices.set(accept, { type });
  return type;
}

export function acceptsEventStream(accept = ''): boolean {
  return negotiate(accept).mediaType([eventStream]) !== undefined;
}

function negotiate(accept: string): Negotiator {
  return new Negotiator({ headers: { accept: accept || '*/*' } });
}
