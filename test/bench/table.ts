import type { Result } from './compare.ts';

const columns = ['CPU', 'requests/s', 'p99', 'µs CPU', 'requests/s', 'p50 ms', 'p99 ms', 'MB'];

/** Prints medians: first as ratios to the bare server of the same round, where 1 is the bare server and more is better. */
export function printTable(results: Result[]): void {
  for (const scenario of new Set(results.map(({ scenario }) => scenario))) {
    console.log(`\n${scenario.padEnd(28)}${columns.map((column) => column.padStart(11)).join('')}`);
    const ofScenario = results.filter((result) => result.scenario === scenario);
    for (const server of new Set(ofScenario.map(({ server }) => server))) {
      console.log(
        `  ${server.padEnd(26)}${describe(ofScenario, server)
          .map((text) => text.padStart(11))
          .join('')}`,
      );
    }
  }
}

function describe(results: Result[], server: string): string[] {
  const own = results.filter((result) => result.server === server);
  const bases = results.filter((result) => result.server === result.base);
  const baseOf = ({ round }: Result) => bases.find((base) => base.round === round);
  const ratio = (of: (one: Result, base: Result) => number) =>
    median(
      own.flatMap((one) => {
        const base = baseOf(one);
        return base ? [of(one, base)] : [];
      }),
    );
  const plain = (of: (one: Result) => number, digits: number) => median(own.map(of)).toFixed(digits);
  return [
    ratio((one, base) => base.cpuMicroseconds / one.cpuMicroseconds).toFixed(2),
    ratio((one, base) => one.requestsPerSecond / base.requestsPerSecond).toFixed(2),
    ratio((one, base) => one.p99 / base.p99).toFixed(2),
    plain((one) => one.cpuMicroseconds, 0),
    plain((one) => one.requestsPerSecond, 0),
    plain((one) => one.p50, 2),
    plain((one) => one.p99, 2),
    plain((one) => one.memory, 0),
  ];
}

export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
