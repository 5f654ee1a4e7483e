import type { Result } from './compare.ts';

const columns = ['CPU', 'requests/s', 'p50', 'p99', '| µs CPU', 'requests/s', 'p50 ms', 'p99 ms', 'MB', 'sign-ins'];

/**
 * Prints medians: first ratios to the bare server of the same round, of processor time for a request (more is better),
 * requests per second (more is better) and times (less is better), then the figures themselves.
 */
export function printTable(results: Result[]): void {
  for (const scenario of new Set(results.map(({ scenario }) => scenario))) {
    console.log(`\n${scenario.padEnd(40)}${columns.map((column) => column.padStart(11)).join('')}`);
    for (const row of listRatios(results, scenario)) {
      const ratios = [row.cpu, row.requests, row.p50, row.p99].map((ratio) => ratio.toFixed(2));
      const figures = describe(results.filter((result) => result.scenario === scenario && result.server === row.server));
      console.log(`  ${row.server.padEnd(38)}${[...ratios, ...figures].map((text) => text.padStart(11)).join('')}`);
    }
  }
}

/** Median ratios of a server to the one that it is compared with. */
export type Ratios = { server: string; cpu: number; requests: number; p50: number; p99: number };

export function listRatios(results: Result[], scenario: string): Ratios[] {
  const ofScenario = results.filter((result) => result.scenario === scenario);
  return [...new Set(ofScenario.map(({ server }) => server))].map((server) => {
    const own = ofScenario.filter((result) => result.server === server);
    const baseOf = ({ round, base }: Result) => ofScenario.find((other) => other.server === base && other.round === round);
    const ratio = (of: (one: Result, base: Result) => number) => median(own.map((one) => of(one, baseOf(one) ?? one)));
    return {
      server,
      cpu: ratio((one, base) => base.cpuMicroseconds / one.cpuMicroseconds),
      requests: ratio((one, base) => one.requestsPerSecond / base.requestsPerSecond),
      p50: ratio((one, base) => one.p50 / base.p50),
      p99: ratio((one, base) => one.p99 / base.p99),
    };
  });
}

function describe(results: Result[]): string[] {
  const of = (figure: (one: Result) => number, digits: number) => median(results.map(figure)).toFixed(digits);
  return [
    of((one) => one.cpuMicroseconds, 0),
    of((one) => one.requestsPerSecond, 0),
    of((one) => one.p50, 2),
    of((one) => one.p99, 2),
    of((one) => one.memory, 0),
    results.some(({ signInsOfHashes }) => signInsOfHashes !== undefined) ? of(({ signInsOfHashes = 0 }) => signInsOfHashes, 2) : '',
  ];
}

export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
