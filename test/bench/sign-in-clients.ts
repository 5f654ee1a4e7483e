import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { password } from './data.ts';
import * as documents from './documents.ts';
import { makeRequest, readAnswer } from './load.ts';

// Signs in without end, each client to an account of its own, until the input ends. The clients are a process apart, so that a
// viewer is not measured later than it comes. Writes a line when it begins to count, and what it counted at the end.
const [origin = '', ...logins] = process.argv.slice(2);
/** A client waits before it retries. */
const retryMs = 1_000;
/** Until then, connections are made and code is compiled. */
const warmUpMs = 1_000;

let done = 0;
let refused = 0;

function signInForEver(login: string): Socket {
  const { hostname, port } = new URL(origin);
  const request = makeRequest('POST', '/graphql', null, { query: documents.signIn, variables: { input: { login, password } } });
  const socket = connect(Number(port), hostname, () => socket.write(request)).setNoDelay(true);
  let received = Buffer.alloc(0);
  return socket.on('data', async (chunk) => {
    received = Buffer.concat([received, chunk]);
    const body = readAnswer(received);
    if (body === null) return;
    received = Buffer.alloc(0);
    const isRefused = /"(?:Overloaded|UNAVAILABLE)"/.test(body);
    if (!isRefused && !body.includes('"SignInPayload"')) throw new Error(`a sign-in was answered ${body}`);
    if (isRefused) refused += 1;
    else done += 1;
    if (isRefused) await sleep(retryMs);
    socket.write(request);
  });
}

for (const login of logins) signInForEver(login);
await sleep(warmUpMs);
[done, refused] = [0, 0];
const from = performance.now();
console.log('counting');
process.stdin.resume().on('end', () => {
  const seconds = (performance.now() - from) / 1_000;
  process.stdout.write(JSON.stringify({ perSecond: done / seconds, refusedPerSecond: refused / seconds }), () => process.exit());
});
