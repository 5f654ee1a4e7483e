import { readExplorer } from './page.ts';

/** What the explorer takes of a request. */
export type PageRequest = {
  readonly method: string;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
};

/** Whether a browser asks for a page. */
export function acceptsPage({ method, header }: PageRequest): boolean {
  return method === 'GET' && /text\/html/i.test(header('accept') ?? '');
}

/** Answers with the page. It is read when it is first requested, and kept. */
export async function answerExplorer({ header }: PageRequest) {
  const { html, policy, entityTag } = await readExplorer();
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    // A browser asks each time whether its page is still the same.
    'cache-control': 'no-cache',
    etag: entityTag,
    vary: 'Accept, Accept-Encoding',
  };
  return header('if-none-match') === entityTag ? { status: 304, headers, body: null } : { status: 200, headers, body: html };
}
