import { availableParallelism } from 'node:os';
import { verifyPassword } from '../../src/crypto/password-hash.ts';

// Prints how many passwords a second this machine verifies when it does nothing else.
const [hash = '', password = '', seconds = '1'] = process.argv.slice(2);
const from = performance.now();
const taken = () => (performance.now() - from) / 1_000;
let count = 0;

async function verifyUntilOver(): Promise<void> {
  while (taken() < Number(seconds)) {
    await verifyPassword(hash, password);
    count += 1;
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, verifyUntilOver));
process.stdout.write(`${count / taken()}\n`);
