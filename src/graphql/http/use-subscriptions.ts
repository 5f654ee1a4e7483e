import type { Plugin } from 'graphql-yoga';
import type { OperationContext } from './context.ts';
import { badRequest, notAcceptable } from './errors.ts';
import { acceptsEventStream } from './media-types.ts';

/** Refuses subscriptions that cannot be answered as an event stream, before anything is opened for them. */
export function useSubscriptions(): Plugin<OperationContext> {
  return {
    onSubscribe({ args: { contextValue } }) {
      const { request, isBatch } = contextValue.shared;
      if (!acceptsEventStream(request.header('accept'))) {
        throw notAcceptable('A subscription is answered as an event stream: send Accept: text/event-stream.');
      }
      if (isBatch) throw badRequest('Send a subscription by itself, not in a batch.');
    },
  };
}
