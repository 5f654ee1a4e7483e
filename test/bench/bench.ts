import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// Compares the gateway with other servers on the same data. Machines differ, so only the ratios of one run count.
//   --short           one round in a minute
//   --rounds N, --seconds N
//   --only TEXT       scenarios whose name has the text
//   --servers TEXT    servers whose name has the text, beside the bare one

const folder = fileURLToPath(new URL('.', import.meta.url));
const artifacts = fileURLToPath(new URL('../../artifacts/', import.meta.url));

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    servers: { type: 'string', default: '' },
  },
});

// The other servers are dependencies of this folder alone.
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('the servers to compare with could not be installed');
}
const { compare } = await import('./compare.ts');
const { printTable } = await import('./table.ts');

const results = await compare({
  postgresql: process.env['BENCH_DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
  rounds: Number(values.rounds ?? (values.short ? 1 : 5)),
  seconds: Number(values.seconds ?? (values.short ? 1 : 2)),
  only: values.only,
  servers: values.servers,
});
mkdirSync(artifacts, { recursive: true });
writeFileSync(`${artifacts}bench.json`, `${JSON.stringify(results, null, 2)}\n`);
printTable(results);
