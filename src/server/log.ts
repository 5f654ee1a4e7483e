import pino, { type Logger } from 'pino';
import type { Config } from '../config/config.ts';

// A line is written within 100 ms, with the others of that time: a write for each costs a tenth of a small request. What is pending
// is written before the process exits. Beyond 16 MiB that nobody reads, or that a full disk does not take, lines are dropped.
const destinationOptions = { dest: 1, sync: false, minLength: 8_192, periodicFlush: 100, maxLength: 16 * 1024 * 1024 };

export type Log = {
  readonly log: Logger;
  /** Writes what is pending, or finds that it cannot be written. While it waits for the reader of stdout, an exit waits for nothing. */
  flush(): Promise<unknown>;
};

/** Creates the log on stdout. Where that cannot be written, the server goes on, and the lines are written once it can. */
export function createLog(level: Config['logLevel']): Log {
  const destination = pino.destination(destinationOptions);
  const log = pino({ level }, destination);
  let isWritable = true;
  let isFlushing = false;
  destination.on('write', () => {
    isWritable = true;
  });
  destination.on('error', (error) => {
    if (isWritable) log.warn({ err: error }, 'the log could not be written');
    isWritable = false;
  });
  // It is called when the process exits, and tries again until everything is written.
  const flushSync = destination.flushSync.bind(destination);
  destination.flushSync = () => {
    if (isWritable && !isFlushing) flushSync();
  };
  const flush = async () => {
    isFlushing = true;
    await new Promise((resolve) => log.flush(resolve));
    isFlushing = false;
  };
  return { log, flush };
}
