import { Readable, Writable } from 'node:stream';
import { runCommand } from '../src/cli/program.ts';
import type { Ended } from './processes.ts';
import { noteProcess, noteSecrets } from './secrets.ts';

/** Runs a command in this process. Another process takes a second to start. */
export async function runHere(words: string[], env: Record<string, string> = {}, stdin: string | Buffer = ''): Promise<Ended> {
  const [stdout, stderr] = [collect(), collect()];
  const code = await runCommand(words, { env, stdin: Readable.from([Buffer.from(stdin)]), stdout: stdout.stream, stderr: stderr.stream });
  const output = { stdout: stdout.read(), stderr: stderr.read() };
  noteProcess(env, output);
  if (words.includes('--password-stdin')) noteSecrets(String(stdin).trim());
  return { code, ...output };
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
