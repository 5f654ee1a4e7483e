import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'graphql-yoga';

const bytesMin = 1024;
/** Streams are sent as they come. */
const compressible = /^(?:application\/(?:json|graphql-response\+json)|text\/html)/;

/** Compresses answers over 1 KB for callers that can read it. */
export function useCompression(): Plugin {
  return {
    async onResponse({ request, response, setResponse, fetchAPI }) {
      const encoding = chooseEncoding(request.headers.get('accept-encoding') ?? '');
      const isCandidate = compressible.test(response.headers.get('content-type') ?? '') && !response.headers.has('content-encoding');
      if (!isCandidate || response.body === null) return;
      if (!response.headers.get('vary')?.includes('Accept-Encoding')) response.headers.append('vary', 'Accept-Encoding');
      if (encoding === null) return;
      const body = Buffer.from(await response.arrayBuffer());
      const sent = body.length > bytesMin ? await compress[encoding](body) : body;
      const headers = new Headers(response.headers);
      if (sent !== body) headers.set('content-encoding', encoding);
      headers.set('content-length', String(sent.length));
      setResponse(new fetchAPI.Response(sent, { status: response.status, statusText: response.statusText, headers }));
    },
  };
}

/** What a caller may accept, and how it is made. */
export const compress = {
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (body: Buffer) => promisify(gzip)(body),
};

/** Brotli before gzip; an encoding with a weight of zero is refused by the caller, also where `*` has another. */
export function chooseEncoding(accepted: string): keyof typeof compress | null {
  const weights = new Map(accepted.split(',').map(readOffer));
  const isAccepted = (name: string) => (weights.get(name) ?? weights.get('*') ?? 0) > 0;
  return (['br', 'gzip'] as const).find(isAccepted) ?? null;
}

function readOffer(offer: string): [encoding: string, weight: number] {
  const [encoding = '', ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  return [encoding, weight === undefined ? 1 : Number(weight.slice(2))];
}
