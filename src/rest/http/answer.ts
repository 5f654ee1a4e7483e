/** What a route answers: a status, and a body unless there is none. */
export type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** An item: what it is, and its attributes. */
export type Item = { readonly object: string; readonly attributes: Readonly<Record<string, unknown>>; readonly meta?: unknown };

export function item(object: string, attributes: Readonly<Record<string, unknown>>, meta?: unknown): Item {
  return { object, attributes, ...(meta === undefined ? {} : { meta }) };
}

/** A list that has no pages. */
export function list(items: readonly Item[]): { object: 'list'; data: readonly Item[] } {
  return { object: 'list', data: items };
}

/** PHP's ATOM form: seconds, and the offset of UTC in digits. */
export function timestamp(date: Date | null): string | null {
  return date && `${date.toISOString().slice(0, 19)}+00:00`;
}

/** An answer as it goes over the wire. An answer of 204 has neither body nor type. */
export function respond({ status, body, headers }: Answer): Response {
  const statusText = statusTexts[status] ?? '';
  if (body === undefined) return new Response(null, { status, statusText, headers: { ...headers } });
  return new Response(JSON.stringify(body), { status, statusText, headers: { 'content-type': 'application/json', ...headers } });
}

const statusTexts: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
