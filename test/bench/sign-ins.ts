import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Data, password } from './data.ts';

const clients = 200;

export type SignIns = { perSecond: number; refusedPerSecond: number };

/** Lets 200 clients sign in without end, each to an account of its own, until it is stopped. */
export async function startSignIns(origin: string, { usernames }: Data): Promise<{ stop(): Promise<SignIns> }> {
  const words = [pathOf('sign-in-clients.ts'), origin, ...usernames.slice(0, clients)];
  const child = spawn(process.execPath, [withoutWarning, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the clients that sign in have ended');
    return value;
  };
  await next();
  return {
    stop: async () => {
      child.stdin.end();
      return JSON.parse(await next());
    },
  };
}

/** How many passwords a second are verified alone, in a process of its own. */
export function measureHashes({ passwordHash }: Data, seconds: number): number {
  return Number(execFileSync(process.execPath, [withoutWarning, pathOf('argon2.ts'), passwordHash, password, String(seconds)]));
}

const withoutWarning = '--disable-warning=ExperimentalWarning';

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
