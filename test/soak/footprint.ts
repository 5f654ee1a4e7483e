import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds: memory that is resident, in MB, and open handles: files and sockets. */
export type Footprint = { readonly megabytes: number; readonly handles: number };

/** Reads it from /proc; null where the system has none. */
export function readFootprint(processId: number): Footprint | null {
  try {
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
    return { megabytes: Math.round(Number(kib) / 1024), handles: readdirSync(`/proc/${processId}/fd`).length };
  } catch {
    return null;
  }
}
