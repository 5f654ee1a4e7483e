import { type Plugin, shouldRenderGraphiQL } from 'graphql-yoga';
import { type ExplorerPage, renderExplorer } from '../pages/explorer/page.ts';
import { chooseEncoding, compress } from './use-compression.ts';

/** Answers a browser at /graphql with the explorer. The page is made and compressed when it is first asked for, and kept. */
export function useExplorer(): Plugin {
  let rendered: Promise<ExplorerPage> | undefined;
  const bodies = new Map<string | null, Promise<Buffer<ArrayBuffer>>>();
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      if (!/^\/graphql\/?$/.test(url.pathname) || !shouldRenderGraphiQL(request)) return;
      rendered ??= renderExplorer();
      const { html, policy, entityTag } = await rendered;
      const headers = new Headers(describePage(policy, entityTag));
      if (request.headers.get('if-none-match') === entityTag) return endResponse(new fetchAPI.Response(null, { status: 304, headers }));
      const encoding = chooseEncoding(request.headers.get('accept-encoding') ?? '');
      if (encoding !== null) headers.set('content-encoding', encoding);
      const body = bodies.get(encoding) ?? (encoding === null ? Promise.resolve(html) : compress[encoding](html));
      bodies.set(encoding, body);
      endResponse(new fetchAPI.Response(await body, { headers }));
    },
  };
}

function describePage(policy: string, entityTag: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    // To be asked for again each time, and seldom to be sent again.
    'cache-control': 'no-cache',
    etag: entityTag,
    vary: 'Accept, Accept-Encoding',
  };
}
