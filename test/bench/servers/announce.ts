import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Writes the line that the gateway writes too when it accepts connections. */
export function announce(server: Pick<Server, 'address'>): void {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: 'listening', origin: `http://127.0.0.1:${port}` })}\n`);
}
