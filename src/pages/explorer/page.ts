import { readFileSync } from 'node:fs';
import type { GraphiQLOptions } from 'graphql-yoga';
import { sha256 } from '../../crypto/digest.ts';
import { firstDocument, firstHeaders, firstVariables } from './first-tab.ts';

/** The explorer's page: the same for everybody. */
export type ExplorerPage = {
  readonly html: Buffer<ArrayBuffer>;
  /** Its Content-Security-Policy. */
  readonly policy: string;
  /** Another one for another page, also in another encoding. */
  readonly entityTag: string;
};

const options: GraphiQLOptions & { readonly onEditQuery: null } = {
  title: 'Account Gateway',
  defaultQuery: firstDocument,
  headers: firstHeaders,
  defaultEditorToolsVisibility: 'headers',
  // Left alone, every keystroke goes into the page's address, and with it passwords into the browser's history.
  onEditQuery: null,
};

const firstTab = { query: firstDocument, variables: firstVariables, headers: firstHeaders };

/**
 * What GraphiQL would keep for ever, with the passwords and keys that were typed, it keeps until the tab is closed. It finds
 * the first tab where it looks after a reload: its options have no place for variables, and it would open another tab.
 */
const storageScript = `
Object.defineProperty(window, 'localStorage', { value: sessionStorage });
if (sessionStorage.getItem('graphiql:tabState') === null) {
  for (const [name, text] of Object.entries(${JSON.stringify(firstTab)})) sessionStorage.setItem('graphiql:' + name, text);
}
`;

/** GraphiQL as it comes, with our scripts before its own. */
export async function renderExplorer(): Promise<ExplorerPage> {
  // Nine megabytes, read when somebody opens it.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const [head, graphiql, tail] = cutScript(renderGraphiQL(options));
  const scripts = [storageScript, readBeside('pictures.js'), graphiql];
  const style = `<style>${readBeside('pictures.css')}</style>`;
  const html = Buffer.from([head, style, ...scripts.map((script) => `<script>${script}</script>`), tail].join('\n').trimStart());
  return { html, policy: writePolicy(scripts), entityTag: `W/"${digest(html)}"` };
}

/** A page's one script, and what stands before and after it. */
function cutScript(page: string): [before: string, script: string, after: string] {
  const [opening, closing] = ['<script>', '</script>'];
  const [start, end] = [page.indexOf(opening), page.lastIndexOf(closing)];
  if (start === -1 || end < start) throw new Error('GraphiQL has no script where it had one');
  return [page.slice(0, start), page.slice(start + opening.length, end), page.slice(end + closing.length)];
}

/**
 * What the page may do in a browser: run the scripts that came with it and no other, work in workers that they make from
 * text, and talk to us alone. The editor writes its styles while it runs, so styles are free.
 */
function writePolicy(scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map((script) => `'sha256-${digest(Buffer.from(script))}'`).join(' ')}`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function digest(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes)).toString('base64');
}

function readBeside(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}
