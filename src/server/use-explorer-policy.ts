import type { Plugin } from 'graphql-yoga';

/**
 * What the explorer may do in a browser: run what came with it, talk to us, and nothing else. Its scripts and styles stand
 * in the page itself and its editor works in workers made from text, so those are allowed; no other host is.
 */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob: data:",
  'worker-src blob: data:',
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Sends the policy with every page. */
export function useExplorerPolicy(): Plugin {
  return {
    onResponse({ response }) {
      if (!response.headers.get('content-type')?.startsWith('text/html')) return;
      response.headers.set('content-security-policy', policy);
      response.headers.set('referrer-policy', 'no-referrer');
    },
  };
}
