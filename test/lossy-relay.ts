import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterwards } from './afterwards.ts';

/** A TCP relay in front of a gateway that can lose the answers to requests: an instance that is killed after its work. */
export async function startLossyRelay(origin: string) {
  const methods: string[] = [];
  const sockets = new Set<Socket>();
  let lost: string | null = null;
  const listener = createServer((client) => {
    const server = connect(Number(new URL(origin).port), '127.0.0.1');
    for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    let method = '';
    client.on('data', (bytes) => {
      const [, begun] = /^([A-Z]+) \S+ HTTP\/1\.1\r\n/.exec(bytes.toString('latin1')) ?? [];
      if (begun) methods.push(begun);
      method = begun ?? method;
      server.write(bytes);
    });
    server.on('data', (bytes) => (method === lost ? client.destroy() : client.write(bytes)));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const close = () => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  };
  afterwards(close);
  return {
    port: address.port,
    /** The methods of the requests since the last call. */
    takeMethods: () => methods.splice(0),
    lose: (next: string | null) => {
      lost = next;
    },
    close,
  };
}
