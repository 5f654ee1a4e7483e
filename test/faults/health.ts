import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './http.ts';

/** An answer of a health check. `from` and `at`: when it was sent and answered. */
export type Check = { readonly origin: string; readonly path: string; readonly status: number; readonly from: number; readonly at: number };

const everyMs = 100;

/** Sends health checks to instances until it is stopped. */
export function watchHealth(origins: readonly string[]) {
  const checks: Check[] = [];
  const ending = new AbortController();
  const watch = async (origin: string, path: string) => {
    while (!ending.signal.aborted) {
      const from = performance.now();
      const { status } = await send({ origin, method: 'GET', path });
      checks.push({ origin, path, status, from, at: performance.now() });
      await sleep(everyMs);
    }
  };
  const watching = origins.flatMap((origin) => ['/health/live', '/health/ready'].map((path) => watch(origin, path)));
  return {
    checks,
    stop: async () => {
      ending.abort();
      await Promise.all(watching);
    },
  };
}
