import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';
import type { Answer } from './answer.ts';

type Bytes = Buffer<ArrayBuffer>;

const bytesMin = 1024;
/** An event stream is sent as it comes. */
const compressible = /^(?:application\/(?:json|graphql-response\+json)|text\/html)/;

const brotli = promisify(brotliCompress);
const encoders = {
  br: (body: Bytes) => brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: promisify(gzip),
};
const encodings = ['br', 'gzip'] as const;

/** Compressed forms of the bodies that are kept. */
const kept = new WeakMap<Bytes, Map<string, Promise<Bytes>>>();

/** Compresses an answer of more than a kilobyte for a client that accepts it. */
export async function compress(answer: Answer, acceptEncoding: string | undefined): Promise<Answer> {
  const { status, headers, body } = answer;
  if (body instanceof ReadableStream || !compressible.test(String(headers['content-type']))) return answer;
  const varying = headers['vary'] ? headers : { ...headers, vary: 'Accept-Encoding' };
  // HEAD where the body of GET is not made.
  if (body === null) return { status, headers: varying, body };
  const encoding = acceptEncoding && Buffer.byteLength(body) > bytesMin ? chooseEncoding(acceptEncoding) : undefined;
  if (encoding === undefined) return { status, headers: varying, body };
  const encoded = await (typeof body === 'string' ? encoders[encoding](Buffer.from(body)) : encodeOnce(body, encoding));
  return { status, headers: { ...varying, 'content-encoding': encoding }, body: encoded };
}

/** Brotli where it is accepted, regardless of the weights of both. */
function chooseEncoding(accept: string): (typeof encodings)[number] | undefined {
  const accepted = new Negotiator({ headers: { 'accept-encoding': accept } }).encodings([...encodings]);
  return encodings.find((encoding) => accepted.includes(encoding));
}

function encodeOnce(body: Bytes, encoding: (typeof encodings)[number]): Promise<Bytes> {
  const forms = kept.get(body) ?? new Map<string, Promise<Bytes>>();
  kept.set(body, forms);
  const form = forms.get(encoding) ?? encoders[encoding](body);
  forms.set(encoding, form);
  return form;
}
