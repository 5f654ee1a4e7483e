import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// Compares the gateway with other servers on the same data. Machines differ, so only the ratios of one run count.
//   --short           one round in a minute
//   --rounds N, --seconds N
//   --footprint       memory, times of start and size instead; --requests N before memory is read again
//   --embedded        on the embedded database: the gateway and the bare servers
//   --picture FILE    where the picture is written, artifacts/bench.svg by default
//   --only TEXT       scenarios whose name has the text
//   --servers TEXT    servers whose name has the text, beside the bare one

const folder = fileURLToPath(new URL('.', import.meta.url));
const artifacts = fileURLToPath(new URL('../../artifacts/', import.meta.url));

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    embedded: { type: 'boolean', default: false },
    footprint: { type: 'boolean', default: false },
    requests: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    picture: { type: 'string', default: `${artifacts}bench.svg` },
    servers: { type: 'string', default: '' },
  },
});

// The other servers are dependencies of this folder alone.
if (!existsSync(`${folder}node_modules`)) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('the servers to compare with could not be installed');
}

const postgresql = values.embedded ? null : (process.env['BENCH_DATABASE_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres');
if (values.footprint) {
  const { measureFootprint } = await import('./footprint.ts');
  await measureFootprint(postgresql, Number(values.requests));
} else {
  const { compare } = await import('./compare.ts');
  const { printTable } = await import('./table.ts');
  const { drawTable } = await import('./picture.ts');
  const results = await compare({
    postgresql,
    rounds: Number(values.rounds ?? (values.short ? 1 : 5)),
    seconds: Number(values.seconds ?? (values.short ? 0.8 : 2)),
    warmUpSeconds: values.short ? 0.5 : 2,
    only: values.only,
    servers: values.servers,
  });
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(`${artifacts}bench.json`, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(values.picture, drawTable(results));
  printTable(results);
}
