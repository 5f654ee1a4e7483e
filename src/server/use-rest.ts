import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { Viewer } from '../account/viewer.ts';
import { answerRest, isRestPath, maskedFault, type RestOptions } from '../rest/rest.ts';
import { reportFault } from './fault.ts';
import type { ServerContext } from './gateway.ts';

type UseRestOptions = Pick<RestOptions, 'dialect'> & {
  readonly identify: (request: Request, context: ServerContext) => Promise<Viewer | null>;
};

/** Mounts the panel's paths beside GraphQL. */
export function useRest(log: Logger, { dialect, identify }: UseRestOptions): Plugin<object, ServerContext> {
  return {
    async onRequest({ request, url, endResponse, serverContext }) {
      if (!isRestPath(url.pathname)) return;
      try {
        endResponse(await answerRest(request, { dialect, identify: (asking) => identify(asking, serverContext) }));
      } catch (error) {
        const { correlationId, retryAfterSeconds } = reportFault(error, log);
        endResponse(maskedFault(correlationId, retryAfterSeconds));
      }
    },
  };
}
