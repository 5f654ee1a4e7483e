import type { Result } from './compare.ts';

const columns = ['CPU', 'requests/s', 'p50', 'p99', 'µs CPU', 'requests/s', 'p50 ms', 'p99 ms', 'MB', 'sign-ins'];

/**
 * Prints medians: first ratios to the bare server of the same round, of processor time for a request (more is better),
 * requests per second (more is better) and times (less is better), then the figures themselves.
 */
export function printTable(results: Result[]): void {
  for (const scenario of new Set(results.map(({ scenario }) => scenario))) {
    console.log(`\n${scenario.padEnd(38)}${columns.map((column) => column.padStart(10)).join('')}`);
    const ofScenario = results.filter((result) => result.scenario === scenario);
    for (const server of new Set(ofScenario.map(({ server }) => server))) {
      console.log(
        `  ${server.padEnd(36)}${describe(ofScenario, server)
          .map((text) => text.padStart(10))
          .join('')}`,
      );
    }
  }
}

function describe(results: Result[], server: string): string[] {
  const own = results.filter((result) => result.server === server);
  const bases = results.filter((result) => result.server === own[0]?.base);
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
    ratio((one, base) => one.p50 / base.p50).toFixed(2),
    ratio((one, base) => one.p99 / base.p99).toFixed(2),
    plain((one) => one.cpuMicroseconds, 0),
    plain((one) => one.requestsPerSecond, 0),
    plain((one) => one.p50, 2),
    plain((one) => one.p99, 2),
    plain((one) => one.memory, 0),
    own.some(({ signInsOfHashes }) => signInsOfHashes !== undefined) ? plain(({ signInsOfHashes = 0 }) => signInsOfHashes, 2) : '',
  ];
}

export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
