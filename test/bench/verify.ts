import type { Server } from './processes.ts';
import type { Scenario } from './scenarios.ts';

/** Asserts that all servers of a scenario answer the same, before anything is measured. */
export async function assertSameAnswers(servers: Server[], scenarios: Scenario[]): Promise<void> {
  for (const scenario of scenarios) {
    const [first, ...others] = scenario.servers.flatMap((name) => servers.find((server) => server.name === name) ?? []);
    if (!first) continue;
    // Once, because a scenario sends another request each time.
    const request = scenario.next(0, null).toString();
    const expected = normalize(await ask(first, request));
    for (const server of others) {
      const answer = normalize(await ask(server, request));
      if (answer !== expected) throw new Error(`${scenario.name}: ${server.name} answers ${answer}, not ${expected}`);
    }
  }
}

async function ask({ origin }: Server, request: string): Promise<unknown> {
  const [head = '', body = ''] = request.split('\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const [method = '', path = ''] = start.split(' ');
  const headers = lines.map((line) => line.split(': ') as [string, string]).filter(([name]) => !['host', 'content-length'].includes(name));
  const response = await fetch(`${origin}${path}`, { method, headers, ...(body ? { body } : {}) });
  return response.json();
}

/** What differs by nature: ids, new keys, the time at which a server last saw a key, and how a time is spelled. */
function normalize(answer: unknown): string {
  const different = ['id', 'token', 'lastUsedAt'];
  const rewrite = (name: string, value: unknown) => {
    if (value === null) return null;
    if (different.includes(name)) return `a value of ${name}`;
    return name === 'createdAt' ? new Date(String(value)).toISOString() : value;
  };
  const text = JSON.stringify(answer, rewrite);
  return text.replaceAll(/ptlc_\w{11}(?=")/g, (identifier) => (identifier.startsWith('ptlc_0') ? identifier : 'a new key'));
}
