import type { RateLimited } from '../account/refusals.ts';
import { type Answer, json } from './answer.ts';

/** The refusal of what belongs to no API. */
export function tooManyRequests({ message, retryAfterSeconds }: RateLimited): Answer {
  return {
    status: 429,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': String(retryAfterSeconds) },
    body: message,
  };
}

/** Subscriptions are event streams. RFC 9110 §15.5.22: the answer names the protocol to use. */
export const webSocketRefused: Answer = {
  status: 426,
  headers: { 'content-type': 'text/plain; charset=utf-8', upgrade: 'HTTP/1.1', connection: 'Upgrade' },
  body: 'WebSocket is not supported. Subscribe over HTTP: POST to /graphql with Accept: text/event-stream.',
};

export function unreadableAddress(): Answer {
  const error = { code: 'BadRequestHttpException', status: '400', detail: 'The address of the request cannot be read.' };
  return json(400, { errors: [error] });
}

/** RFC 9110 §15.5.9: the client may send the request again, on another connection. */
export function bodyTooLate(): Answer {
  const error = { code: 'RequestTimeoutHttpException', status: '408', detail: 'The body of the request did not arrive in time.' };
  const { status, headers, body } = json(408, { errors: [error] });
  return { status, headers: { ...headers, connection: 'close' }, body };
}
