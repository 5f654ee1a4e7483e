/** An answer with what differs from run to run taken out. */
export type Recorded = { readonly status: string; readonly headers: Readonly<Record<string, string | null>>; readonly body: string };

/** What nearly every answer has: recorded where it is otherwise, or not there. */
const usual: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-request-id': '<uuid>',
};

/** How an answer is framed is the matter of each hop, and not of the answer. */
const framing = new Set(['date', 'keep-alive', 'transfer-encoding', 'content-length']);

const counted = new Set(['x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after']);

/** Headers by their names in lower case, sorted. */
export function normalizeHeaders(raw: readonly string[]): Record<string, string | null> {
  const found = new Map<string, string>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = normalizeHeader(name, raw[at + 1] ?? '');
    if (framing.has(name) || (name === 'connection' && value === 'keep-alive')) continue;
    found.set(name, found.has(name) ? `${found.get(name)} | ${value}` : value);
  }
  const missing = Object.keys(usual).filter((name) => !found.has(name));
  const unusual = [...found].filter(([name, value]) => usual[name] !== value);
  return Object.fromEntries([...unusual, ...missing.map((name) => [name, null] as const)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function normalizeHeader(name: string, value: string): string {
  if (counted.has(name)) return '<number>';
  if (name === 'content-security-policy') return value.replaceAll(/sha256-[\w+/]{43}=/g, '<hash>');
  if (name === 'etag') return value.replaceAll(/"[\w+/=]{40,}"/g, '"<hash>"');
  return normalizeText(value).replaceAll(/(gateway_(?:session|device)(?:_4000)?=)[\w-]{43,}/g, '$1<token>');
}

/** A body as text. Long ones that others describe better are named. */
export function normalizeBody(body: string, type: string): string {
  if (type.startsWith('text/html')) return body.length > 100_000 ? '<the explorer>' : '<the front page>';
  if (body.startsWith('{"openapi":')) return '<the description of the API>';
  if (body.startsWith('{"data":{"__schema":{"queryType":') && body.length > 10_000) return '<the schema>';
  // A sign of life may come at any time.
  if (type.startsWith('text/event-stream')) return normalizeText(body.replaceAll(/(?<!^):\n\n/g, ''));
  return normalizeText(body);
}

const secrets = ['secret_token', 'token', 'secret', 'challenge'].map((name) => new RegExp(`("${name}":")[^"]+`, 'g'));

function normalizeText(text: string): string {
  const masked = secrets.reduce((all, secret) => all.replaceAll(secret, '$1<secret>'), text);
  return masked
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/\b(ptlc_)(?!0{11})[A-Za-z0-9]{11}\b/g, '$1<identifier>')
    .replaceAll(/\b[0-9a-f]{40}\b/g, '<sha1>')
    .replaceAll(/("(?:tokens|recoveryTokens)":\[)[^\]]+/g, '$1<tokens>')
    .replaceAll(/(data:image\\?\/png;base64,)[\w+\\/=]+/g, '$1<picture>')
    .replaceAll(/(secret=)[A-Z2-7]{32}/g, '$1<secret>')
    .replaceAll(/"(id|cursor|startCursor|endCursor|deletedApiKeyId|node)":"([\w+/=]{8,})"/g, (whole, name, id) => {
      const type = /^(\w+|GPC:\w):\d+$/.exec(Buffer.from(id, 'base64').toString('latin1'))?.[1];
      return type ? `"${name}":"<${type}>"` : whole;
    })
    .replaceAll(/("(?:id|retryAfterSeconds)":)\d+/g, '$1<number>')
    .replaceAll(/ in \d+ seconds/g, ' in <number> seconds');
}

/** Reads an answer as it came over a socket. */
export function readAnswer(answer: string): Recorded {
  const [head = '', ...parts] = answer.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const raw = lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  const isChunked = /^transfer-encoding: chunked$/im.test(head);
  const body = isChunked ? parts.join('\r\n\r\n').replaceAll(/(?:^|\r\n)[0-9a-f]+(?:\r\n|$)/g, '') : parts.join('\r\n\r\n');
  return { status: status.slice('HTTP/1.1 '.length), headers: normalizeHeaders(raw), body: normalizeBody(body.trimEnd(), '') };
}
