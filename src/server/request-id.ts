/** What a log line and a header can hold, as proxies make it: hexadecimal digits, a UUID, `Root=1-…`. */
const harmless = /^[A-Za-z0-9][\w.:=/+@-]{0,127}$/;

/** W3C Trace Context §3.2: version, trace id, parent id and flags. A later version can append more. */
const traceParent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** The id of a request: that of `X-Request-Id`, else the trace id of `traceparent`, where they have the form of one; else a new one. */
export function findRequestId(header: (name: string) => string | undefined): string {
  const given = header('x-request-id');
  if (given !== undefined && harmless.test(given)) return given;
  const parent = header('traceparent');
  return (parent === undefined ? undefined : traceParent.exec(parent)?.[1]) ?? crypto.randomUUID();
}
