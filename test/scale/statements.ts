import { setTimeout as sleep } from 'node:timers/promises';
import { type Node, readCost } from '../explain.ts';
import { type Postgresql, query } from '../faults/postgresql.ts';

/** What a statement of an action cost at most, over all that were sent with this text. */
export type Measured = { readonly text: string; readonly rows: number; readonly buffers: number; readonly plan: string };

/** Settings of a PostgreSQL server that writes what each statement read to its log, once `explainEach` was called. */
export const explainSettings = [
  'session_preload_libraries=auto_explain',
  'auto_explain.log_analyze=on',
  'auto_explain.log_timing=off',
  'auto_explain.log_buffers=on',
  'auto_explain.log_format=json',
  'auto_explain.log_parameter_max_length=0',
];

export function explainEach({ url }: Postgresql): Promise<unknown> {
  return query(url('postgres'), 'ALTER SYSTEM SET auto_explain.log_min_duration = 0', 'SELECT pg_reload_conf()');
}

const entry = /duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)/g;
const waitsMax = 200;

/** Acts, and answers the statements that the server executed meanwhile, but for those that read no table. */
export async function listStatements({ url, log }: Postgresql, act: () => Promise<unknown>): Promise<Measured[]> {
  log.length = 0;
  await act();
  const end = `SELECT 'the end of ${performance.now()}'`;
  await query(url('postgres'), end);
  for (let waits = 0; !log.join('').includes(end); waits += 1) {
    if (waits > waitsMax) throw new Error('the server does not explain its statements');
    await sleep(20);
  }
  const measured = new Map<string, Measured>();
  for (const [, json = ''] of log.join('').matchAll(entry)) {
    const { 'Query Text': query, Plan: plan }: { 'Query Text': string; Plan: Node } = JSON.parse(json);
    const text = query.replaceAll(/\s+/g, ' ').replaceAll('"public".', '').trim();
    const cost = readCost(plan);
    const before = measured.get(text);
    if (cost.plan === '' && cost.buffers === 0) continue;
    if (!before || cost.buffers > before.buffers) measured.set(text, { text, ...cost });
  }
  return [...measured.values()];
}
