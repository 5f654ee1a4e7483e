import { createHandler } from '../src/server/http.ts';
import { listen } from '../src/server/listen.ts';
import { afterwards } from './afterwards.ts';
import type { TestGateway } from './harness.ts';

/** Puts a gateway on a socket of this machine and answers its origin. */
export async function serve(gateway: Pick<TestGateway, 'answer'>): Promise<string> {
  const listener = await listen({ host: '127.0.0.1', port: 0 }, createHandler(gateway.answer));
  afterwards(() => listener.drain(0));
  return listener.origin;
}
