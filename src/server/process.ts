import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { checkKeys } from '../account/key-check.ts';
import { type Config, readConfig } from '../config/config.ts';
import { explainError } from './explain.ts';
import { makeFirstAccount, showFirstAccount } from './first-account.ts';
import { createGateway, type Gateway, logTo } from './gateway.ts';
import { createHandler } from './http.ts';
import { type Listener, listen } from './listen.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { lowerHashingPriority } from './thread-priority.ts';
import { type OpenTools, openTools } from './tools.ts';

// Together less than the ten seconds that a supervisor commonly waits before it kills.
const drainMs = 7_500;
const stopMs = 9_500;
const lastLineMs = 200;

/** Runs the server until a signal stops it. */
export async function runServer(): Promise<void> {
  try {
    const config = readConfig();
    const logging = createLog(config.logLevel);
    const { log } = logging;
    process.on('unhandledRejection', (error) => log.error({ err: error }, 'an error was not handled'));
    // Process 1 of a container has no default for a signal: until there is something to finish, it ends at once.
    let end = async (_signal: string) => process.exit(0);
    let isEnding = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        // A terminal and npm both pass Ctrl-C on, so one stop may come as two signals.
        if (isEnding) return;
        isEnding = true;
        void end(signal);
      });
    }
    const running = await start(config, log);
    end = (signal) => stop(running, config.shutdownDelayMs, logging, signal);
  } catch (error) {
    process.stderr.write(`account-gateway: ${explainError(error)}\n`);
    process.exit(1);
  }
}

type Running = { readonly listener: Listener; readonly metricsListener: Listener | null; readonly gateway: Gateway };

/**
 * Listens on both ports, then opens the database: a port in use is found before a first account is created, which would not be shown.
 * Requests that come in between wait.
 */
async function start(config: Config, log: Logger): Promise<Running> {
  const opening = Promise.withResolvers<Gateway<OpenTools>>();
  const listener = await listen(
    config,
    createHandler(async (request) => (await opening.promise).answer(request)),
  );
  const metrics = createMetrics();
  const metricsListener = await metrics.serve(config);
  const opened = await openTools(config, logTo(log, metrics), async (tools) => {
    await checkKeys(tools.db, tools.keys, tools.now());
    const first = await makeFirstAccount(tools, config.firstAccountFile);
    if (first) showFirstAccount(first, listener.origin, config.firstAccountFile, log);
  });
  const gateway = createGateway(config, log, metrics, opened);
  void lowerHashingPriority();
  opening.resolve(gateway);
  for (const warning of [...config.warnings, ...gateway.warnings]) log.warn(warning);
  if (gateway.notes.length > 0) log.info(gateway.notes.join(' '));
  log.info(
    { origin: listener.origin, metrics: metricsListener?.origin, database: config.database.kind, migrations: gateway.appliedMigrations },
    'listening',
  );
  return { listener, metricsListener, gateway };
}

/**
 * Says that it is not ready, waits until proxies have seen that, lets running requests finish, writes what is pending and closes the database. All
 * but the delay has a time limit.
 */
async function stop(
  { listener, metricsListener, gateway }: Running,
  shutdownDelayMs: number,
  { log, flush }: Log,
  signal: string,
): Promise<never> {
  const delayMs = signal === 'SIGTERM' ? shutdownDelayMs : 0;
  log.info({ signal, delaySeconds: delayMs / 1_000 }, 'stopping');
  gateway.beginStop();
  await sleep(delayMs);
  setTimeout(async () => {
    log.warn('stopped without waiting any longer for the database');
    await Promise.race([flush(), sleep(lastLineMs)]);
    process.exit(0);
  }, stopMs);
  await listener.drain(drainMs);
  await metricsListener?.drain(0);
  await gateway.close().catch((error) => log.warn({ err: error }, 'the database was not closed'));
  log.info('stopped');
  await flush();
  process.exit(0);
}
