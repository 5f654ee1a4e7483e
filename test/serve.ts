import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterwards } from './afterwards.ts';
import type { TestGateway } from './harness.ts';

/** Puts a gateway on a socket of this machine and answers its origin. */
export async function serve(gateway: Pick<TestGateway, 'yoga'>): Promise<string> {
  const server = createServer((request, response) => void gateway.yoga.handle(request, response, { peer: request.socket.remoteAddress }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
