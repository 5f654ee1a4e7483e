import { Readable, Writable } from 'node:stream';
import { runCommand } from '../src/cli/program.ts';
import type { Ended } from './processes.ts';

/** Runs a command in this process. Another process takes a second to start. */
export async function runHere(words: string[], env: Record<string, string> = {}, stdin: string | Buffer = ''): Promise<Ended> {
  const [stdout, stderr] = [collect(), collect()];
  const code = await runCommand(words, { env, stdin: Readable.from([Buffer.from(stdin)]), stdout: stdout.stream, stderr: stderr.stream });
  return { code, stdout: stdout.read(), stderr: stderr.read() };
}

function collect() {
  let text = '';
  const stream = new Writable({
    write: (part, _encoding, done) => {
      text += part;
      done();
    },
  });
  return { stream, read: () => text };
}
