import type { SqlQuery } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/** What a statement costs: rows and index entries that were read, those included that were not given, and pages. */
export type Cost = { readonly rows: number; readonly buffers: number; readonly plan: string };

/** A node of a plan, as PostgreSQL explains it in JSON. */
export type Node = {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Node[];
};

// PostgreSQL plans a prepared statement anew five times before it may keep a plan for all parameters.
const executions = 6;

/** Executes a statement as the gateway does, prepared and again and again, and tells what each plan for it costs. */
export async function explain(client: pg.Client, { sql, args, argTypes }: SqlQuery): Promise<Cost[]> {
  const values = args.map((arg, index) => writeLiteral(argTypes[index]?.scalarType === 'bytes' ? Buffer.from(String(arg), 'base64') : arg));
  const costs: Cost[] = [];
  await client.query('BEGIN');
  await client.query(`PREPARE statement AS ${sql}`);
  for (let execution = 0; execution < executions; execution += 1) {
    const execute = `EXECUTE statement${values.length === 0 ? '' : `(${values.join()})`}`;
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${execute}`);
    costs.push(readCost(rows[0]['QUERY PLAN'][0].Plan));
  }
  await client.query('DEALLOCATE statement');
  await client.query('ROLLBACK');
  return costs;
}

/** What an executed plan cost. */
export function readCost(plan: Node): Cost {
  const leaves = listLeaves(plan);
  const rows = leaves.map((leaf) => leaf['Actual Loops'] * (Number(leaf['Actual Rows']) + removedBy(leaf)));
  return {
    rows: rows.reduce((sum, count) => sum + count, 0),
    buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    plan: leaves.map((leaf) => `${leaf['Node Type']} ${leaf['Index Name'] ?? leaf['Relation Name'] ?? ''}`).join(', '),
  };
}

function listLeaves(node: Node): Node[] {
  if (node.Plans) return node.Plans.flatMap(listLeaves);
  return node['Index Name'] || node['Relation Name'] ? [node] : [];
}

function removedBy(node: Node): number {
  return (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
}

function writeLiteral(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.map((item) => JSON.stringify(String(item))).join()}}`);
  if (ArrayBuffer.isView(value)) return `'\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`;
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}
