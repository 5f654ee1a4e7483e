import { expect } from 'vitest';

/** The milliseconds of processor time that work takes. Unlike the clock, it is the same on a busy machine. */
async function measureCpu(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of several measurements. Other work of this process disturbs the others. */
export async function measureLeastCpu(work: () => Promise<unknown>, times = 2): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time += 1) least = Math.min(least, await measureCpu(work));
  return least;
}

const linearFactor = 25;
const measurementsMax = 6;

/**
 * Asserts that work costs the same for each byte: at most 25 times as much as simple work of its size. Of the measurements, which are
 * repeated while they show more, the least of each counts.
 */
export async function expectLinearCost(work: () => Promise<unknown>, plainWork: () => Promise<unknown>): Promise<void> {
  let [least, leastPlain] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let time = 0; time < measurementsMax && (time < 2 || least / leastPlain >= linearFactor); time += 1) {
    least = Math.min(least, await measureCpu(work));
    leastPlain = Math.min(leastPlain, await measureCpu(plainWork));
  }
  expect(least / leastPlain).toBeLessThan(linearFactor);
}

/** Prints the seconds since a moment. No test asserts them: they differ on a busy machine. */
export function printSeconds(what: string, from: number): void {
  console.info(`${what}: ${((performance.now() - from) / 1000).toFixed(2)} s`);
}
