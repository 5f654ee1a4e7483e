import type { Answer } from './answer.ts';

/** Answers at a path that is only read: RFC 9110 §15.5.6. */
export function answerReads(method: string, read: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
  if (method === 'GET' || method === 'HEAD') return read();
  return { status: method === 'OPTIONS' ? 204 : 405, headers: { allow: 'GET, HEAD, OPTIONS' }, body: null };
}
