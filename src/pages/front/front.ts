import { sha256 } from '../../crypto/digest.ts';
import type { PageRequest } from '../explorer/explorer.ts';

/** What the front page is made of. */
type Front = {
  /** The name of the gateway. */
  readonly name: string;
  /** The path of `APP_URL`, before every path of the gateway. */
  readonly base: string;
  /** Without the explorer, the page does not name it. */
  readonly hasExplorer: boolean;
};

const style = `:root { color-scheme: light dark }
body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif }
dt { margin-top: 1rem; font-weight: bold }
dd { margin: 0 }`;

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${digest(style)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Creates the answers at `/`: a page for browsers, and the same as JSON. They are the same for every caller. */
export function createFront(front: Front) {
  const page = keep('text/html; charset=utf-8', writePage(front));
  const document = keep('application/json; charset=utf-8', `${JSON.stringify(describe(front))}\n`);
  return ({ header }: PageRequest) => {
    const { body, headers } = /text\/html/i.test(header('accept') ?? '') ? page : document;
    return header('if-none-match') === headers.etag ? { status: 304, headers, body: null } : { status: 200, headers, body };
  };
}

function keep(type: string, text: string) {
  const body = Buffer.from(text);
  const headers = {
    'content-type': type,
    'content-security-policy': policy,
    'cache-control': 'public, max-age=300',
    // Weak, because it is the same in every encoding.
    etag: `W/"${digest(text)}"`,
    vary: 'Accept, Accept-Encoding',
  };
  return { body, headers };
}

function describe({ name, base, hasExplorer }: Front) {
  return {
    name,
    graphql: `${base}/graphql`,
    rest: `${base}/api/client`,
    documentation: { rest: `${base}/openapi.json`, ...(hasExplorer ? { graphql: `${base}/graphql` } : {}) },
    health: { live: `${base}/health/live`, ready: `${base}/health/ready` },
  };
}

function writePage(front: Front): string {
  const { graphql, rest, documentation, health } = describe(front);
  const name = escapeHtml(front.name);
  const explorer = front.hasExplorer
    ? `<dt>Explorer</dt>\n<dd>${link(graphql)}: sign in, send operations, and read the documentation of every type and field</dd>\n`
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${style}</style>
</head>
<body>
<h1>${name}</h1>
<p>Profile, password, two-factor authentication, API keys, SSH keys, sessions and activity of an account.</p>
<dl>
${explorer}<dt>GraphQL</dt>
<dd><code>POST ${escapeHtml(graphql)}</code></dd>
<dt>REST</dt>
<dd><code>${escapeHtml(rest)}/account</code>, described in ${link(documentation.rest)} (OpenAPI)</dd>
<dt>Health</dt>
<dd>${link(health.ready)}, ${link(health.live)}</dd>
</dl>
</body>
</html>
`;
}

function link(path: string): string {
  return `<a href="${escapeHtml(path)}">${escapeHtml(path)}</a>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function digest(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString('base64');
}
