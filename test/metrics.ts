import { readConfig } from '../src/config/config.ts';
import type { Metrics } from '../src/server/metrics.ts';
import { afterwards } from './afterwards.ts';

/** One value of a metric. */
export type Sample = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** Serves metrics on a port of their own. @returns the origin. */
export async function startMetrics({ metrics }: { readonly metrics: Metrics }): Promise<string> {
  const listener = await metrics.serve(readConfig({ METRICS_PORT: '0' }));
  if (!listener) throw new Error('The metrics are not served.');
  afterwards(() => listener.drain(0));
  return listener.origin;
}

export async function readMetrics(origin: string): Promise<Sample[]> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const samples = text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm);
  return [...samples].map(([, name = '', labels = '', value]) => ({ name, labels: readLabels(labels), value: Number(value) }));
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}
