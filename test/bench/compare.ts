import { setTimeout as sleep } from 'node:timers/promises';
import { createData, createEmbeddedPlace, createPlace, type Data } from './data.ts';
import { load } from './load.ts';
import { type Server, startServer } from './processes.ts';
import { listScenarios, type Scenario } from './scenarios.ts';
import { measureHashes, startSignIns } from './sign-ins.ts';
import { assertSameAnswers } from './verify.ts';

const connectionsMax = 16;
/** A server is idle that uses a tenth of a processor at most for this time. */
const [idleMs, idleCpuSeconds] = [500, 0.05];

/** `postgresql` null: the embedded database, for the gateway and the bare servers. */
export type Options = {
  postgresql: string | null;
  rounds: number;
  /** Of each measurement, and before the first of each scenario. */
  seconds: number;
  warmUpSeconds: number;
  only: string;
  servers: string;
};

/** One measurement: a scenario, a server, a round. */
export type Result = {
  scenario: string;
  server: string;
  /** The server that it is compared with. */
  base: string;
  round: number;
  requestsPerSecond: number;
  cpuMicroseconds: number;
  p50: number;
  p99: number;
  memory: number;
  /** Sign-ins a second, as a part of the passwords a second that the machine verifies alone. */
  signInsOfHashes?: number;
};

/** Runs every scenario on its servers, in rounds, one server after another. */
export async function compare(options: Options): Promise<Result[]> {
  const from = performance.now();
  const { postgresql } = options;
  const data = await createData(postgresql === null ? await createEmbeddedPlace() : await createPlace(postgresql));
  const servers: Server[] = [];
  try {
    const isWanted = (name: string) => name.startsWith('bare') || name.includes(postgresql === null ? 'gateway' : options.servers);
    const scenarios = listScenarios(data)
      .filter(({ name }) => name.includes(options.only))
      .map((scenario) => ({ ...scenario, servers: scenario.servers.filter(isWanted) }));
    const used = new Set(scenarios.flatMap((scenario) => scenario.servers));
    for (const [name, start] of Object.entries(programs)) if (used.has(name)) servers.push(await start(name, data));
    await assertSameAnswers(servers, scenarios);
    await data.tidy();
    const results: Result[] = [];
    for (const scenario of scenarios) {
      for (const server of pick(servers, scenario)) await load(server.origin, connectionsMax, options.warmUpSeconds, scenario.next);
    }
    for (let round = 1; round <= options.rounds; round += 1) {
      console.log(`round ${round} of ${options.rounds}`);
      for (const scenario of scenarios) {
        for (const server of pick(servers, scenario)) {
          const result = await measure(server, scenario, round, options.seconds);
          results.push(result);
          if (scenario.duringSignIns) results.push(...(await measureDuringSignIns(server, scenario, result, data, options.seconds)));
        }
        if (scenario.leavesRows) await data.tidy();
      }
    }
    console.log(`\n${options.rounds} rounds in ${Math.round((performance.now() - from) / 1_000)} seconds`);
    return results;
  } finally {
    for (const server of servers) await server.stop();
    await data.drop();
  }
}

const pick = (servers: Server[], scenario: Scenario) =>
  scenario.servers.flatMap((name) => servers.find((server) => server.name === name) ?? []);

async function measure(server: Server, scenario: Scenario, round: number, seconds: number): Promise<Result> {
  const before = server.cpu();
  const {
    requests,
    seconds: taken,
    p50,
    p99,
  } = await load(server.origin, scenario.connections ?? connectionsMax, seconds, scenario.next, scenario.pauseMs);
  const cpu = server.cpu() - before;
  return {
    scenario: scenario.name,
    server: server.name,
    base: scenario.servers[0] ?? '',
    round,
    requestsPerSecond: requests / taken,
    cpuMicroseconds: (cpu * 1_000_000) / requests,
    p50,
    p99,
    memory: server.memory(),
  };
}

/** The same measurement while clients sign in, compared with the one before. The sign-ins are compared with hashing alone. */
async function measureDuringSignIns(server: Server, scenario: Scenario, alone: Result, data: Data, seconds: number): Promise<Result[]> {
  const hashes = measureHashes(data, seconds);
  const signIns = await startSignIns(server.origin, data);
  const name = `${server.name}, 200 sign in`;
  const during = { ...(await measure(server, scenario, alone.round, 2 * seconds)), server: name, base: server.name };
  const { perSecond } = await signIns.stop();
  await untilIdle(server);
  return [{ ...during, signInsOfHashes: perSecond / hashes }];
}

/** Waits until a server has hashed what clients that are gone have asked for: the next measurement would be slower. */
async function untilIdle(server: Server): Promise<void> {
  for (let before = Number.NEGATIVE_INFINITY; server.cpu() - before > idleCpuSeconds; ) {
    before = server.cpu();
    await sleep(idleMs);
  }
}

/** The gateway has everything on. A limit is raised only where it would refuse the load: one account, one address. */
const raisedLimits = { LIMIT_REQUESTS_PER_MINUTE: '1000000', LIMIT_SIGN_INS_PER_MINUTE: '1000000' };

type Start = (name: string, data: Data) => Promise<Server>;

const gateway =
  (limits: Record<string, string>): Start =>
  (name, { env }) =>
    startServer(name, ['src/server/main.ts'], { ...env, ...limits });

const program =
  (file: string, ...words: string[]): Start =>
  (name, { url }) =>
    startServer(name, [`test/bench/servers/${file}.ts`, ...words], { DATABASE_URL: url });

const programs: Record<string, Start> = {
  bare: program('bare'),
  'bare, one statement': program('bare', 'one'),
  gateway: gateway(raisedLimits),
  'gateway, default limits': gateway({}),
  Mercurius: program('mercurius'),
  PostGraphile: program('postgraphile'),
  'Yoga + Pothos + Prisma': program('documented'),
};
