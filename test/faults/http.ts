import { type Agent, request } from 'node:http';

export type Request = {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};

/** An answer; status 0 where none came, with the code of the error of the system. */
export type Answer = {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
  readonly error: string;
  readonly milliseconds: number;
};

const timeoutMs = 60_000;

/** Sends a request and reads the whole answer. */
export function send({ origin, method, path, headers, body }: Request, agent?: Agent): Promise<Answer> {
  const from = performance.now();
  const none = { status: 0, retryAfter: null, body: null, error: '' };
  const text = body === undefined ? null : JSON.stringify(body);
  return new Promise((resolve) => {
    const finish = (answer: Omit<Answer, 'milliseconds'>) => resolve({ ...answer, milliseconds: performance.now() - from });
    const fail = (error: NodeJS.ErrnoException) => finish({ ...none, error: error.code ?? error.message });
    const type = text === null ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    const sent = request(`${origin}${path}`, { method, headers: { ...type, ...headers }, timeout: timeoutMs, ...(agent ? { agent } : {}) });
    sent.on('error', fail).on('timeout', () => sent.destroy(new Error('TIMEOUT')));
    sent.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8').on('error', fail);
      response.on('data', (part) => {
        answer += part;
      });
      response.on('end', () =>
        finish({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null, body: parse(answer), error: '' }),
      );
    });
    sent.end(text ?? undefined);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A value inside of JSON; undefined where it is not there. */
export function dig(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}
