import type { Plugin } from 'graphql-yoga';
import type { ActivityFeed } from '../account/activity/feed.ts';
import { notAcceptable } from '../graphql/errors.ts';

const eventStream = /(?:^|[\s,])(?:text\/event-stream|text\/\*|\*\/\*)(?:[\s;,]|$)/i;

/**
 * Refuses a subscription to whoever reads no event stream, before anything is opened for it that nobody would close; and
 * has the feed look as soon as a request that may have changed something is answered.
 */
export function useSubscriptions(feed: ActivityFeed): Plugin {
  return {
    onSubscribe({ args }) {
      if (!eventStream.test(args.contextValue.request.headers.get('accept') ?? '*/*')) {
        throw notAcceptable('A subscription is answered as an event stream: send Accept: text/event-stream.');
      }
    },
    onResponse({ request, response: { headers } }) {
      if (request.method !== 'GET') feed.poke();
      if (!headers.get('content-type')?.startsWith('text/event-stream')) return;
      headers.set('cache-control', 'no-store');
      headers.delete('content-encoding');
      // A proxy that collects an answer before it passes it on would keep every event to itself.
      headers.set('x-accel-buffering', 'no');
    },
  };
}
