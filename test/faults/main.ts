import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkChanges } from './check.ts';
import { type Fault, faults, runFault } from './faults.ts';
import { watchHealth } from './health.ts';
import { startLoad } from './load.ts';
import { type Figures, listBroken, listLate, measure } from './measure.ts';
import { type Servers, startServers } from './servers.ts';
import { printTable } from './table.ts';

// Lets servers and the network fail under load, one after another, and prints what became of the requests. Two gateways on a
// PostgreSQL of the program's own behind a proxy, and on a Redis where the machine has one. Exits with 1 when a promise is broken.
//   --short       each fault for a few seconds
//   --only TEXT   faults whose name has the text
const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, only: { type: 'string', default: '' } } });

const [accounts, workers] = [8, 16];
const [beforeMs, afterMs] = [1_000, 2_500];

const servers = await startServers(accounts);
const broken: string[] = [];
const rows: Figures[] = [];
try {
  if (!servers.redis) console.log('There is no redis-server on this machine: its faults are left out.');
  for (const fault of faults) if (fault.name.includes(values.only) && (servers.redis || !fault.needsRedis)) await observe(fault, servers);
} finally {
  await servers.stop();
}
printTable(rows);
for (const words of broken) console.error(`Broken: ${words}`);
process.exit(broken.length > 0 ? 1 : 0);

async function observe(fault: Fault, { instances, people, url }: Servers): Promise<void> {
  const origins = instances.map(({ origin }) => origin);
  const health = watchHealth(origins);
  const load = startLoad(origins, people, workers);
  await sleep(beforeMs);
  const span = await runFault(fault, servers, values.short);
  await sleep(afterMs);
  await Promise.all([load.stop(), health.stop()]);
  const findings = await checkChanges(url, load.sent);
  const observed = { fault, span, sent: load.sent, checks: health.checks, findings, origins: fault.ends ? origins.slice(0, 1) : origins };
  const figures = measure(observed);
  rows.push(figures);
  broken.push(...listBroken(observed));
  for (const late of listLate(figures)) console.log(`late: ${late}`);
  console.log(`${fault.name}: ${load.sent.length} requests; ${describeCodes(load.sent)}`);
}

function describeCodes(sent: readonly { is: string; code: string }[]): string {
  const groups = Map.groupBy(sent, ({ is, code }) => `${is} ${code}`.trim());
  return [...groups].map(([words, group]) => `${words} ${group.length}`).join(', ');
}
