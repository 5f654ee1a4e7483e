import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPostgresql, query } from '../faults/postgresql.ts';
import { prepareInstance } from '../faults/processes.ts';
import { printTable } from '../faults/table.ts';
import { type Action, listActions } from './actions.ts';
import { fillDatabase } from './generate.ts';
import { explainEach, explainSettings, listStatements, type Measured } from './statements.ts';

// Fills databases with few and with many accounts and prints the rows and the pages that each statement reads in them. Exits with 1
// when a statement reads more in the larger database.
//   --million         also with 1,000,000 accounts: 16 GB of disk, and half an hour
//   --accounts N      with another number instead of 10,000
const { values } = parseArgs({ options: { million: { type: 'boolean', default: false }, accounts: { type: 'string', default: '10000' } } });
const sizes = [100, Number(values.accounts), ...(values.million ? [1_000_000] : [])];

/** PostgreSQL plans a prepared statement anew five times before it may keep a plan. */
const repeats = 6;
/** An index of a larger table has more levels, and its rows lie on more pages. */
const [buffersFactor, buffersMore] = [1.5, 40];
const growingTables = /Seq Scan (?:accounts|api_keys|ssh_keys|sessions|activity|recovery_tokens|two_factor|deleted_api_keys)/;
const shownCharacters = 70;

type Sized = { readonly bytesPerAccount: number; readonly actions: ReadonlyMap<Action, readonly Measured[]> };

const postgresql = await createPostgresql([...explainSettings, 'shared_buffers=512MB', 'max_wal_size=4GB'], tmpdir());
const dataDir = mkdtempSync(join(tmpdir(), 'gateway-scale-'));
const measured: Sized[] = [];
try {
  await postgresql.start();
  await explainEach(postgresql);
  for (const accounts of sizes) measured.push(await measure(accounts));
} finally {
  await postgresql.remove();
  rmSync(dataDir, { recursive: true, force: true });
}
const broken = print();
for (const words of broken) console.error(`Broken: ${words}`);
process.exit(broken.length > 0 ? 1 : 0);

async function measure(accounts: number): Promise<Sized> {
  const name = `accounts_${accounts}`;
  await query(postgresql.url('postgres'), `CREATE DATABASE ${name}`);
  const env = {
    DATABASE_URL: postgresql.url(name),
    DATA_DIR: dataDir,
    APP_KEY: `base64:${randomBytes(32).toString('base64')}`,
    LIMIT_REQUESTS_PER_MINUTE: '0',
    LIMIT_EMAIL_CHANGES_PER_DAY: '0',
    LIMIT_SIGN_INS_PER_MINUTE: '0',
  };
  const migrating = await prepareInstance(env);
  await migrating.start();
  await migrating.stop('SIGTERM');
  await query(postgresql.url(name), 'TRUNCATE accounts CASCADE');
  const from = performance.now();
  const filled = await fillDatabase(postgresql, name, accounts);
  console.log(`${accounts} accounts in ${Math.round((performance.now() - from) / 1000)} s, ${filled.bytesPerAccount} bytes each`);
  const gateway = await prepareInstance(env);
  await gateway.start();
  const actions = new Map<Action, Measured[]>();
  for (const action of listActions(gateway.origin, env, filled)) {
    const times = /^command|prune/.test(action.name) ? 1 : repeats;
    const act = async () => {
      for (let n = 0; n < times; n += 1) await action.act();
    };
    actions.set(action, await listStatements(postgresql, act));
  }
  await gateway.stop('SIGTERM');
  return { bytesPerAccount: filled.bytesPerAccount, actions };
}

/** Prints the table, and answers what grows, in words. */
function print(): string[] {
  const broken: string[] = [];
  const rows: Record<string, string | number>[] = [];
  const bySize = measured.map(({ actions }) => new Map([...actions].map(([{ name }, statements]) => [name, statements])));
  for (const [{ name, isGrowing }, statements] of measured.at(-1)?.actions ?? []) {
    for (const { text, plan } of statements) {
      const costs = bySize.map((actions) => actions.get(name)?.find((one) => one.text === text));
      const buffers = costs.map((cost) => cost?.buffers);
      rows.push({
        action: name,
        statement: text.slice(0, shownCharacters),
        ...Object.fromEntries(sizes.map((size, n) => [`rows, ${size}`, String(costs[n]?.rows ?? '')])),
        ...Object.fromEntries(sizes.map((size, n) => [`pages, ${size}`, String(buffers[n] ?? '')])),
      });
      // A sample has a size of its own.
      if (isGrowing || text.includes('TABLESAMPLE')) continue;
      if (growingTables.test(plan)) broken.push(`${name}: ${plan} of ${text}`);
      const [few, many] = [buffers[0], buffers.at(-1)];
      if (few !== undefined && many !== undefined && many > buffersFactor * few + buffersMore)
        broken.push(`${name}: ${few} pages become ${many} of ${text}: ${plan}`);
    }
  }
  printTable(rows);
  return broken;
}
