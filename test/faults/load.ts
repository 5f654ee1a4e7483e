import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from './http.ts';
import type { Person } from './people.ts';
import { judge, type Made, noteMade, type Prepared, prepareRequest, type Verdict } from './requests.ts';

/** A request that was sent, and what its answer said. `at`: when the answer came. */
export type Sent = Verdict & {
  readonly name: string;
  readonly change: Prepared['change'];
  readonly accountId: number;
  readonly retryAfter: string | null;
  readonly milliseconds: number;
  readonly at: number;
};

export type Load = { readonly sent: readonly Sent[]; stop(): Promise<void> };

const pauseMs = 15;

/** Sends requests of both APIs to instances in turn, from a number of workers, until it is stopped. Each waits for its answer. */
export function startLoad(origins: readonly string[], people: readonly Person[], workers: number): Load {
  const sent: Sent[] = [];
  const ending = new AbortController();
  const working = Array.from({ length: workers }, (_, n) => {
    const person = people[n % people.length];
    if (!person) throw new Error('a load needs accounts');
    return work({ origins, person, sent, turn: n, ending: ending.signal });
  });
  return {
    sent,
    stop: async () => {
      ending.abort();
      await Promise.all(working);
    },
  };
}

type Work = { origins: readonly string[]; person: Person; sent: Sent[]; turn: number; ending: AbortSignal };

async function work({ origins, person, sent, turn, ending }: Work): Promise<void> {
  const agents = origins.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const made: Made = { identifiers: [], fingerprints: [] };
  let prepared = prepareRequest(person, made);
  for (let n = turn; !ending.aborted; n += 1) {
    const instance = n % origins.length;
    const answer = await send({ origin: origins[instance] ?? '', ...prepared.request }, agents[instance]);
    // Nothing listens there: the same request goes to the next instance.
    if (answer.error !== 'ECONNREFUSED') {
      const { name, change } = prepared;
      const verdict = judge(answer);
      const { retryAfter, milliseconds } = answer;
      sent.push({ ...verdict, name, change, accountId: person.id, retryAfter, milliseconds, at: performance.now() });
      if (verdict.is === 'acknowledged') noteMade(made, prepared, answer);
      prepared = prepareRequest(person, made);
    }
    await sleep(pauseMs);
  }
  for (const agent of agents) agent.destroy();
}
