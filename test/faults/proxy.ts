import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/**
 * What the proxy does with connections. `blocked`: it accepts them and passes nothing on. `slow`: it passes each part on late.
 * `cutting-commits`: it cuts some before their COMMIT, some between COMMIT and its answer, and all after the answer to some.
 */
export type Mode = 'open' | 'blocked' | 'slow' | 'cutting-commits';

export type NetworkProxy = Awaited<ReturnType<typeof startProxy>>;

type Link = { readonly client: Socket; readonly server: Socket };

const shareOfCommits = 0.2;

/**
 * Starts a TCP proxy on a free port of this machine, in front of a server.
 * @param delayMs of each part in each direction, while it is slow.
 */
export async function startProxy(target: NetConnectOpts, delayMs: number) {
  const links = new Set<Link>();
  const waiting = new Set<Socket>();
  let mode: Mode = 'open';
  const currentMode = () => mode;

  const open = (client: Socket) => {
    const link = { client, server: connect(target) };
    links.add(link);
    for (const end of [client, link.server]) end.on('close', () => links.delete(link));
    relay(link, { currentMode, delayMs }, () => links.forEach(sever));
  };
  const listener = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (mode !== 'blocked') return open(client);
    client.pause();
    waiting.add(client);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    setMode: (next: Mode) => {
      mode = next;
      if (mode === 'blocked') return links.forEach(pause);
      links.forEach(resume);
      for (const client of waiting) open(client);
      waiting.clear();
    },
    /** Cuts some connections: a share of them, at random. */
    cut: (share: number) => {
      for (const link of links) if (Math.random() < share) sever(link);
    },
    close: () => {
      links.forEach(sever);
      for (const client of waiting) client.destroy();
      listener.close();
    },
  };
}

/** Where a connection is cut: before its COMMIT, between COMMIT and its answer; `after`: all are cut after the answer. */
type Place = 'before' | 'between' | 'after';

function drawPlace(): Place | null {
  if (Math.random() >= shareOfCommits) return null;
  return (['before', 'between', 'after'] as const)[Math.floor(Math.random() * 3)] ?? null;
}

type Ways = { readonly delayMs: number; currentMode(): Mode };

function relay(link: Link, { currentMode: mode, delayMs }: Ways, severAll: () => void): void {
  const { client, server } = link;
  const isCommit = findCommits();
  let place: Place | null = null;
  const pass = (to: Socket, part: Buffer, onSent?: () => void) => {
    if (mode() === 'slow') setTimeout(() => to.writable && to.write(part), delayMs);
    else if (to.writable) to.write(part, onSent);
  };
  client.on('data', (part) => {
    if (isCommit(part) && mode() === 'cutting-commits') place = drawPlace();
    if (place === 'before') sever(link);
    else pass(server, part);
  });
  // The server answers a COMMIT once it is done.
  server.on('data', (part) => {
    if (place === 'between') sever(link);
    else pass(client, part, place === 'after' ? severAll : undefined);
  });
  client.on('close', () => server.end());
  server.on('close', () => client.end());
  server.on('error', () => client.destroy());
}

/** Recognizes a COMMIT, also by the name under which the connection prepared it. */
function findCommits(): (part: Buffer) => boolean {
  let name: string | null = null;
  return (part) => {
    const text = part.toString('latin1');
    const parsed = /(s\d+)\0COMMIT\0/.exec(text)?.[1];
    if (parsed) name = parsed;
    // A message Bind: the portal without a name, then the statement.
    return text.includes('COMMIT\0') || (name !== null && text.includes(`\0${name}\0`));
  };
}

function sever({ client, server }: Link): void {
  if (Math.random() < 0.5) client.resetAndDestroy();
  else client.destroy();
  server.destroy();
}

function pause({ client, server }: Link): void {
  client.pause();
  server.pause();
}

function resume({ client, server }: Link): void {
  client.resume();
  server.resume();
}
