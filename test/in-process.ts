import type { Entry } from '../src/server/entry.ts';
import { once } from '../src/server/once.ts';

const bodyBytesMax = 256 * 1024;

/** Sends a request to an entry as `fetch` does, without a socket. Headers are not checked: what a socket may carry may be sent. */
export async function fetchFrom(entry: Entry, path: string, init: RequestInit = {}, peer?: string): Promise<Response> {
  const given = init.headers instanceof Headers || Array.isArray(init.headers) ? [...init.headers] : Object.entries(init.headers ?? {});
  const headers = new Map(given.map(([name, value]) => [String(name).toLowerCase(), String(value)]));
  const sent = new Response(init.body ?? null);
  const type = sent.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  const method = init.method ?? 'GET';
  // A stream has no length, and is read when the gateway reads it.
  const bytes = init.body && !(init.body instanceof ReadableStream) ? await sent.arrayBuffer() : null;
  if (bytes && !headers.has('content-length')) headers.set('content-length', String(bytes.byteLength));
  const answer = await entry({
    method,
    url: new URL(`http://gateway.test${path}`),
    peer,
    header: (name) => headers.get(name),
    readBody: async () => {
      const body = Buffer.from(bytes ?? (await sent.arrayBuffer()));
      return body.length > bodyBytesMax ? null : body;
    },
    isBodyAwaited: () => false,
    left: once(() => init.signal ?? new AbortController().signal),
  });
  const answered = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) for (const one of [value].flat()) answered.append(name, one);
  return new Response(method === 'HEAD' ? null : answer.body, { status: answer.status, headers: answered });
}
