import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkChanges } from '../faults/check.ts';
import { faults, runFault } from '../faults/faults.ts';
import { type Load, startLoad } from '../faults/load.ts';
import { query } from '../faults/postgresql.ts';
import { type Servers, startServers } from '../faults/servers.ts';
import { printTable } from '../faults/table.ts';
import { type Footprint, readFootprint } from './footprint.ts';

// Sends reads and changes through both APIs to two gateways for a long time, with a fault every thirty seconds, and compares at the
// end what was acknowledged with what is stored, and what the gateways hold. Exits with 1 when a promise is broken.
//   --minutes N   60 by default
//   --short       two minutes
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, short: { type: 'boolean', default: false } } });

const seconds = values.short ? 110 : 60 * Number(values.minutes);
const [accounts, workers] = [12, 12];
const faultEveryMs = 30_000;
const settleMs = 5_000;
/** Memory grows until it is collected, and the first requests fill what is kept. */
const growthMax = 1.5;
const handlesMoreMax = 12;

type Sample = Footprint & { readonly second: number };

const from = performance.now();
const elapsedSeconds = () => Math.round((performance.now() - from) / 1000);
const servers = await startServers(accounts);
const broken: string[] = [];
try {
  await soak(servers);
} finally {
  await servers.stop();
}
for (const words of broken) console.error(`Broken: ${words}`);
process.exit(broken.length > 0 ? 1 : 0);

async function soak({ instances, people, url }: Servers): Promise<void> {
  const [first] = instances;
  const samples: Sample[] = [];
  const sample = () => {
    const footprint = readFootprint(first.id);
    if (footprint) samples.push({ second: elapsedSeconds(), ...footprint });
  };
  const idleBefore = await measureIdle(first.id);
  const sampling = setInterval(sample, 5_000);
  const load = startLoad(
    instances.map(({ origin }) => origin),
    people,
    workers,
  );
  await breakInTurn();
  clearInterval(sampling);
  await load.stop();
  const idleAfter = await measureIdle(first.id);
  await compare(load, url);
  printFootprint(samples, idleBefore, idleAfter);
}

/** Lets each fault happen in turn until the time is over. The first instance lives through all of them. */
async function breakInTurn(): Promise<void> {
  const possible = faults.filter(({ needsRedis }) => servers.redis || !needsRedis);
  // A step that shares no factor with their number: a short run has faults of each part.
  const step = [3, 4, 5].find((size) => possible.length % size !== 0) ?? 1;
  const end = performance.now() + 1000 * seconds;
  for (let n = 0; performance.now() < end; n += 1) {
    const began = performance.now();
    const fault = possible[(n * step) % possible.length];
    await sleep(Math.min(faultEveryMs / 4, end - began));
    if (!fault || performance.now() >= end) return;
    console.log(`${elapsedSeconds()} s: ${fault.name}`);
    await runFault(fault, servers, true);
    await sleep(Math.max(0, Math.min(faultEveryMs - (performance.now() - began), end - performance.now())));
  }
}

async function measureIdle(processId: number): Promise<Footprint | null> {
  await sleep(settleMs);
  return readFootprint(processId);
}

async function compare({ sent }: Load, url: string): Promise<void> {
  const findings = await checkChanges(url, sent);
  for (const [kind, found] of Object.entries(findings)) if (found.length > 0) broken.push(`${kind} ${found.length}, such as ${found[0]}`);
  const groups = Map.groupBy(sent, ({ is }) => is);
  const changes = sent.filter(({ change, is }) => change !== null && is === 'acknowledged').length;
  const count = async (table: string) => Number((await query(url, `SELECT count(*) FROM ${table}`))[0]?.['count']);
  printTable([
    {
      sent: sent.length,
      acknowledged: groups.get('acknowledged')?.length ?? 0,
      'changes of these': changes,
      refused: groups.get('refused')?.length ?? 0,
      unknown: groups.get('unknown')?.length ?? 0,
      'no answer': groups.get('unanswered')?.length ?? 0,
      lost: findings.lost.length,
      twice: findings.twice.length,
      half: findings.half.length,
      'refused but done': findings.refusedButDone.length,
      orphans: findings.orphans.length,
    },
  ]);
  printTable([
    {
      'API keys': await count('api_keys'),
      'deleted API keys': await count('deleted_api_keys'),
      'SSH keys': await count('ssh_keys'),
      sessions: await count('sessions'),
      'rows of activity': await count('activity'),
    },
  ]);
}

function printFootprint(samples: readonly Sample[], before: Footprint | null, after: Footprint | null): void {
  if (!before || !after) {
    console.log('This system has no /proc: memory and handles are not measured.');
    return;
  }
  const every = Math.max(1, Math.ceil(samples.length / 12));
  printTable(samples.filter((_, n) => n % every === 0).map(({ second, megabytes, handles }) => ({ second, megabytes, handles })));
  console.log(`idle before: ${before.megabytes} MB, ${before.handles} handles; after: ${after.megabytes} MB, ${after.handles} handles`);
  if (after.handles > before.handles + handlesMoreMax) broken.push(`${after.handles - before.handles} handles more than before`);
  const [early, late] = [samples.slice(samples.length / 4, samples.length / 2), samples.slice((3 * samples.length) / 4)].map(meanOf);
  if (early && late && late > growthMax * early) broken.push(`memory grows from ${early} to ${late} MB`);
}

function meanOf(samples: readonly Footprint[]): number {
  return Math.round(samples.reduce((sum, { megabytes }) => sum + megabytes, 0) / Math.max(1, samples.length));
}
