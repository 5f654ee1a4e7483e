import Negotiator from 'negotiator';

export const json = 'application/json; charset=utf-8';
export const graphqlResponse = 'application/graphql-response+json; charset=utf-8';
export const eventStream = 'text/event-stream';

/** The media type of an answer: JSON where the client accepts it; null where the client accepts none of ours. */
export function chooseMediaType(accept: string | undefined): string | null {
  const accepted = negotiate(accept);
  return accepted.mediaType([json, graphqlResponse]) ?? accepted.mediaType([eventStream]) ?? null;
}

export function acceptsEventStream(accept: string | undefined): boolean {
  return negotiate(accept).mediaType([eventStream]) !== undefined;
}

function negotiate(accept: string | undefined): Negotiator {
  return new Negotiator({ headers: { accept: accept || '*/*' } });
}
