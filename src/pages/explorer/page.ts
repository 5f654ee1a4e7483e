import { readFileSync } from 'node:fs';
import type { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { sha256 } from '../../crypto/digest.ts';
import { firstDocument, firstHeaders, firstVariables } from './first-tab.ts';

/** The page of the explorer. It is the same for every caller. */
export type ExplorerPage = {
  readonly html: Buffer<ArrayBuffer>;
  /** Its Content-Security-Policy. */
  readonly policy: string;
  /** Weak, because it is the same in every encoding. */
  readonly entityTag: string;
};

const options: Parameters<typeof renderGraphiQL>[0] & { readonly onEditQuery: null } = {
  title: 'Account Gateway',
  defaultQuery: firstDocument,
  headers: firstHeaders,
  defaultEditorToolsVisibility: 'headers',
  // Otherwise every keystroke changes the URL, and passwords get into the history of the browser.
  onEditQuery: null,
};

const firstTab = { query: firstDocument, variables: firstVariables, headers: firstHeaders };

/**
 * GraphiQL stores what is typed, passwords and keys too, in localStorage. Here it is stored until the tab is closed. The
 * first tab is stored the same way, because the options of GraphiQL have no variables.
 */
const storageScript = `
Object.defineProperty(window, 'localStorage', { value: sessionStorage });
if (sessionStorage.getItem('graphiql:tabState') === null) {
  for (const [name, text] of Object.entries(${JSON.stringify(firstTab)})) sessionStorage.setItem('graphiql:' + name, text);
}
`;

/** Renders GraphiQL, with our scripts before its own. */
export async function renderExplorer(): Promise<ExplorerPage> {
  // Nine megabytes, loaded at the first request.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const [head, graphiql, tail] = cutScript(renderGraphiQL(options));
  const scripts = [storageScript, readBeside('pictures.js'), graphiql];
  const style = `<style>${readBeside('pictures.css')}</style>`;
  const html = Buffer.from([head, style, ...scripts.map((script) => `<script>${script}</script>`), tail].join('\n').trimStart());
  return { html, policy: writePolicy(scripts), entityTag: `W/"${digest(html)}"` };
}

/** The one script of a page, and the text before and after it. */
function cutScript(page: string): [before: string, script: string, after: string] {
  const [opening, closing] = ['<script>', '</script>'];
  const [start, end] = [page.indexOf(opening), page.lastIndexOf(closing)];
  if (start === -1 || end < start) throw new Error('The page of GraphiQL has no script');
  return [page.slice(0, start), page.slice(start + opening.length, end), page.slice(end + closing.length)];
}

/**
 * Allows the scripts of the page and no others, workers that they create, and requests to the gateway only. The editor
 * creates styles while it runs, so every inline style is allowed.
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
