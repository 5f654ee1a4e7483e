/** The answer to a request: a status, and a body unless there is none. */
export type Answer = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

/** An answer as it is sent. One without a body has no content type. */
export function respond({ status, body, headers }: Answer) {
  if (body === undefined) return { status, body: null, headers: { ...headers } };
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}
