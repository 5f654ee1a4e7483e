/** The most code units of each header that is read, where it is shorter than what Node accepts of all headers together. */
const unitsMax: Readonly<Record<string, number>> = {
  accept: 1_024,
  'accept-encoding': 256,
  'access-control-request-headers': 1_024,
  'access-control-request-method': 32,
  authorization: 4_096,
  'content-encoding': 64,
  'content-type': 256,
  'if-none-match': 256,
  origin: 512,
  'sec-fetch-site': 32,
  traceparent: 512,
  'user-agent': 512,
  'x-forwarded-proto': 64,
  'x-http-method-override': 32,
  'x-request-id': 512,
};

/** What Node accepts of all headers together: a browser sends the cookies of all applications on the host. */
const otherUnitsMax = 16_384;

/** Each proxy appends to a list of addresses: the end of it is the part that can be believed. */
const readFromTheEnd = new Set(['x-forwarded-for', 'forwarded']);
const forwardedUnitsMax = 2_048;

/** A header, cut to what is read of it before anything splits or matches it. No secret and no origin becomes right by it. */
export function cutHeader(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!readFromTheEnd.has(name)) return value.slice(0, unitsMax[name] ?? otherUnitsMax);
  if (value.length <= forwardedUnitsMax) return value;
  const end = value.slice(-forwardedUnitsMax);
  // The first of them may have lost its beginning, and would be another address.
  return end.includes(',') ? end.slice(end.indexOf(',') + 1) : '';
}
