import pino from 'pino';
import { noteLine } from './secrets.ts';

export type LogLine = Readonly<Record<string, unknown>>;

/** A log whose lines can be read. */
export function createReadableLog() {
  const lines: LogLine[] = [];
  const write = (line: string) => {
    noteLine(line);
    lines.push(JSON.parse(line));
  };
  const log = pino({ level: 'debug', base: null, timestamp: false }, { write });
  /** The lines of security events since the last call. */
  const takeEvents = () => lines.splice(0).filter((line) => 'event' in line);
  return { log, lines, takeEvents };
}
