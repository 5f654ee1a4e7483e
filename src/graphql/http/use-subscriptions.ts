import type { Plugin } from 'graphql-yoga';
import type { ActivityFeed } from '../../account/activity/feed.ts';
import { readTypes } from './accepted.ts';
import { notAcceptable } from './errors.ts';

/**
 * Refuses a subscription to whoever reads no event stream, before anything is opened for it that nobody would close; and
 * has the feed look as soon as a request that may have changed something is answered.
 */
export function useSubscriptions(feed: ActivityFeed): Plugin {
  return {
    onSubscribe({ args }) {
      if (!readTypes(args.contextValue.request).some((type) => ['text/event-stream', 'text/*', '*/*'].includes(type))) {
        throw notAcceptable('A subscription is answered as an event stream: send Accept: text/event-stream.');
      }
    },
    onResultProcess({ result, resultProcessor }) {
      // Nobody is going to read it.
      if (!resultProcessor && Symbol.asyncIterator in result) void result[Symbol.asyncIterator]().return?.();
    },
    onResponse({ request, response: { status, headers } }) {
      if (status < 300 && mayHaveChanged(request)) feed.poll();
      if (!headers.get('content-type')?.startsWith('text/event-stream')) return;
      headers.set('cache-control', 'no-store');
      headers.delete('content-encoding');
      // A proxy that collects an answer before it passes it on would keep every event to itself.
      headers.set('x-accel-buffering', 'no');
    },
  };
}

function mayHaveChanged({ method, url }: Request): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method) && /^\/(?:graphql|api)\b/.test(new URL(url).pathname);
}
