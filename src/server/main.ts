import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { type Config, ConfigError, readConfig } from '../config/config.ts';
import { FolderInUse } from '../db/folder-lock.ts';
import { DatabaseUnreachable } from '../db/unavailable.ts';
import { describeFirstAccount, type FirstAccount, makeFirstAccount } from './first-account.ts';
import { type OpenGateway, openGateway } from './open.ts';

const drainMs = 8_000;

await main();

async function main(): Promise<void> {
  try {
    const config = readConfig();
    const log = pino({ level: config.logLevel }, pino.destination({ dest: 1, sync: true }));
    let first: FirstAccount | null = null;
    const gateway = await openGateway(config, log, async (tools) => {
      first = await makeFirstAccount(tools);
    });
    const server = createServer((request, response) => void gateway.yoga.handle(request, response, { peer: request.socket.remoteAddress }));
    const origin = await listen(server, config);
    log.info({ origin, database: config.database.kind, migrations: gateway.appliedMigrations }, 'listening');
    if (first) process.stdout.write(describeFirstAccount(first, origin));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(server, gateway, log, signal));
  } catch (error) {
    process.stderr.write(`account-gateway: ${explain(error)}\n`);
    process.exit(1);
  }
}

function listen(server: Server, { host, port }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { address, family, port: bound } = server.address() as AddressInfo;
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`);
    });
  });
}

/** Lets running requests finish, writes what is pending, closes the database; a second signal does not wait. */
async function stop(server: Server, gateway: OpenGateway, log: pino.Logger, signal: string): Promise<void> {
  log.info({ signal }, 'stopping');
  process.once('SIGINT', () => process.exit(1));
  const lateness = setTimeout(() => server.closeAllConnections(), drainMs);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearTimeout(lateness);
  await gateway.close();
  log.info('stopped');
  process.exit(0);
}

/** What an operator can mend is said in a line; anything else is a bug and keeps its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isKnown =
    error instanceof ConfigError || error instanceof FolderInUse || error instanceof DatabaseUnreachable || 'syscall' in error;
  return isKnown ? error.message : (error.stack ?? error.message);
}
