import { listen } from '../src/server/listen.ts';
import { afterwards } from './afterwards.ts';
import type { TestGateway } from './harness.ts';

/** Puts a gateway on a socket of this machine and answers its origin. */
export async function serve(gateway: Pick<TestGateway, 'yoga'>): Promise<string> {
  const listener = await listen({ host: '127.0.0.1', port: 0 }, (request, response) =>
    gateway.yoga.handle(request, response, { peer: request.socket.remoteAddress }),
  );
  afterwards(() => listener.drain(0));
  return listener.origin;
}
