import type { Plugin } from 'graphql-yoga';

/** Cookies that resolvers give to the browser they answer. */
export type SetCookies = {
  /** The header to send with the answer to a request; the last one counts. */
  set(request: Request, header: string): void;
  readonly plugin: Plugin;
};

export function createSetCookies(): SetCookies {
  const headers = new WeakMap<Request, string>();
  return {
    set: (request, header) => void headers.set(request, header),
    plugin: {
      onResponse({ request, response }) {
        const header = headers.get(request);
        if (header !== undefined) response.headers.append('set-cookie', header);
      },
    },
  };
}
