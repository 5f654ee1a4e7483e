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

/** An answer as it is sent. One without a body has no content type. */
export function respond({ status, body, headers }: Answer) {
  if (body === undefined) return { status, body: null, headers: { ...headers } };
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}
