import pino from 'pino';
import { checkKeys } from '../src/account/key-check.ts';
import { readConfig } from '../src/config/config.ts';
import { explainError } from '../src/server/explain.ts';
import { type FirstAccount, makeFirstAccount } from '../src/server/first-account.ts';
import { createGateway, logTo } from '../src/server/gateway.ts';
import { listen } from '../src/server/listen.ts';
import { createMetrics } from '../src/server/metrics.ts';
import { openTools } from '../src/server/tools.ts';
import { afterwards } from './afterwards.ts';
import { serve } from './serve.ts';

const silent = pino({ level: 'silent' });

/** Starts in this process what a server starts, on a free port. Another process takes two seconds of processor time. */
export async function startHere(env: Record<string, string>) {
  const config = readConfig(env);
  const metrics = createMetrics();
  let first: FirstAccount | null = null;
  const opened = await openTools(config, logTo(silent, metrics), async (tools) => {
    await checkKeys(tools.db, tools.keys, tools.now());
    first = await makeFirstAccount(tools, config.firstAccountFile);
  });
  const gateway = createGateway(config, silent, metrics, opened);
  afterwards(gateway.close);
  return { origin: await serve(gateway), first: () => first };
}

/** Starts in this process what a server starts, and answers why that fails. */
export async function explainStart(env: Record<string, string>): Promise<string> {
  try {
    const config = readConfig(env);
    const listener = await listen({ ...config, port: 0 }, () => undefined);
    afterwards(() => listener.drain(0));
    await startHere(env);
  } catch (error) {
    return explainError(error);
  }
  return 'started';
}
