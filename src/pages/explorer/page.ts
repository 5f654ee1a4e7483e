import { readFile } from 'node:fs/promises';

/** The page of the explorer. It is the same for every caller. */
export type ExplorerPage = {
  readonly html: Buffer<ArrayBuffer>;
  /** Its Content-Security-Policy. */
  readonly policy: string;
  /** Weak, because it is the same in every encoding. */
  readonly entityTag: string;
};

let read: Promise<ExplorerPage> | undefined;

/** Reads the page that `explorer/build.mjs` built at the installation, once. */
export function readExplorer(): Promise<ExplorerPage> {
  read ??= readPage();
  return read;
}

async function readPage(): Promise<ExplorerPage> {
  const folder = new URL('../../generated/explorer/', import.meta.url);
  const [html, facts] = await Promise.all([readFile(new URL('page.html', folder)), readFile(new URL('page.json', folder), 'utf8')]);
  const { policy, entityTag } = JSON.parse(facts);
  return { html, policy, entityTag };
}
