import pino from 'pino';

export type LogLine = Readonly<Record<string, unknown>>;

/** A log whose lines can be read. */
export function createReadableLog() {
  const lines: LogLine[] = [];
  const log = pino({ level: 'debug', base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  /** The lines of security events since the last call. */
  const takeEvents = () => lines.splice(0).filter((line) => 'event' in line);
  return { log, lines, takeEvents };
}
