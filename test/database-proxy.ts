import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterwards } from './afterwards.ts';

/** Starts a proxy for the database that can be cut, blocked and restored. */
export async function createDatabaseProxy(url: string) {
  const through = new URL(url);
  const folder = through.searchParams.get('host');
  const target = folder ? { path: join(folder, '.s.PGSQL.5432') } : { host: through.hostname, port: Number(through.port || 5432) };
  const sockets = new Set<Socket>();
  let isOpen = true;
  let isBlocked = false;
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (bytes) => !isBlocked && to.write(bytes));
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
  };
  const listener = createServer((near) => {
    if (!isOpen) return near.destroy();
    const far = connect(target);
    pass(near, far);
    pass(far, near);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const cut = () => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  afterwards(() => {
    cut();
    listener.close();
  });
  through.searchParams.delete('host');
  through.host = `127.0.0.1:${Object(listener.address()).port}`;
  const restore = () => {
    isOpen = true;
    isBlocked = false;
  };
  const block = () => {
    isBlocked = true;
  };
  return { url: through.href, cut, block, restore };
}
