import { expect } from 'vitest';

/** The milliseconds of processor time that work takes: the same on a busy machine as on an idle one, unlike the clock's. */
async function measureCpu(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of several measurements: the others were disturbed by what else this process does. */
export async function measureLeastCpu(work: () => Promise<unknown>, times = 2): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time += 1) least = Math.min(least, await measureCpu(work));
  return least;
}

/** Work that costs as much for each byte, whatever the bytes are: at most 25 times as much as plain work of its size. */
export async function expectLinearCost(work: () => Promise<unknown>, plainWork: () => Promise<unknown>): Promise<void> {
  expect((await measureLeastCpu(work)) / (await measureLeastCpu(plainWork))).toBeLessThan(25);
}

/** Prints how long something took. A figure to read: what a test asserts must hold on a busy machine too. */
export function printSeconds(what: string, from: number): void {
  console.info(`${what}: ${((performance.now() - from) / 1000).toFixed(2)} s`);
}
