import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Runs after an installation: builds the page of the explorer, one file with GraphiQL, into src/generated/explorer. GraphiQL and
// the bundler are development dependencies; an installation for production takes the page from a full one.
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

if (existsSync(path('../node_modules/rolldown'))) await build();

async function build() {
  const { rolldown } = await import('rolldown');
  const styles = [];
  const bundle = await rolldown({
    input: path('main.js'),
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    plugins: [{ name: 'styles', load: { filter: { id: /\.css$/ }, handler: (id) => collect(styles, id) } }],
    // Directives of React's server components mean nothing in a page.
    checks: { moduleLevelDirective: false },
    onLog: (level, log, handle) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && handle(level, log),
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true, codeSplitting: false });
  // The end of an element of HTML, in a string of the script, would end the script.
  const script = output[0].code.replaceAll('</script', '<\\/script');
  const html = writePage(script, styles.join('\n'));
  mkdirSync(path('../src/generated/explorer'), { recursive: true });
  writeFileSync(path('../src/generated/explorer/page.html'), html);
  const facts = { policy: writePolicy(script), entityTag: `W/"${digest(html)}"` };
  writeFileSync(path('../src/generated/explorer/page.json'), `${JSON.stringify(facts)}\n`);
}

/** Takes a style sheet out of the bundle, without its fonts: they are 350 kB. */
function collect(styles, id) {
  styles.push(readFileSync(id, 'utf8').replaceAll(/@font-face\s*\{[^}]*\}/g, ''));
  return { code: '', moduleType: 'js' };
}

function writePage(script, style) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Account Gateway</title>
<style>${style}</style>
</head>
<body>
<div id="explorer"></div>
<noscript>The explorer needs JavaScript.</noscript>
<script>${script}</script>
</body>
</html>
`;
}

/** Allows the script of the page and no other, and requests to the gateway only. The editor creates styles while it runs. */
function writePolicy(script) {
  return [
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function digest(text) {
  return createHash('sha256').update(text).digest('base64');
}
