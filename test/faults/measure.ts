import type { Findings } from './check.ts';
import type { Fault, Span } from './faults.ts';
import type { Check } from './health.ts';
import type { Sent } from './load.ts';

/** Within these a fault is noticed: two seconds of silence, and an answer on the way. */
const noticeMs = 3_000;
const refusalMsMax = 3_000;
const readyMsMax = 2_000;

/** The figures of a fault: a row of the table. */
export type Figures = ReturnType<typeof measure>;

/** What was observed during a fault. `origins`: of the instances that live through it. */
export type Observed = {
  readonly fault: Fault;
  readonly span: Span;
  readonly sent: readonly Sent[];
  readonly checks: readonly Check[];
  readonly findings: Findings;
  readonly origins: readonly string[];
};

export function measure({ fault, span, sent, checks, findings, origins }: Observed) {
  const is = (verdict: Sent['is']) => sent.filter((one) => one.is === verdict);
  const refused = is('refused');
  const waits = refused.map(({ milliseconds }) => milliseconds);
  const notReady = checks.filter(({ path, status, origin }) => path === '/health/ready' && status !== 200 && origins.includes(origin));
  // Too many passwords at once are refused at any time.
  const ofFault = refused.filter(({ code }) => !isOverload(code));
  const lastTrouble = Math.max(span.ended, ...ofFault.map(({ at }) => at), ...notReady.map(({ at }) => at));
  return {
    fault: fault.name,
    sent: sent.length,
    acknowledged: is('acknowledged').length,
    lost: findings.lost.length,
    twice: findings.twice.length,
    half: findings.half.length + findings.orphans.length,
    refused: refused.length,
    'refused but done': findings.refusedButDone.length,
    unknown: is('unknown').length,
    'no answer': is('unanswered').length,
    'worst refusal ms': Math.round(Math.max(0, ...waits)),
    'p99 refusal ms': Math.round(quantile(waits, 0.99)),
    'p99 ms': Math.round(
      quantile(
        sent.map(({ milliseconds }) => milliseconds),
        0.99,
      ),
    ),
    'back after s': Number(((lastTrouble - span.ended) / 1000).toFixed(1)),
  };
}

const isOverload = (code: string) => code.includes('OVERLOADED');

/** The times that were exceeded, in words: a report, because a busy machine exceeds them too. */
export function listLate(figures: Figures): string[] {
  const { fault, 'p99 refusal ms': refusalMs, 'back after s': backSeconds } = figures;
  return [
    ...(refusalMs > refusalMsMax ? [`${fault}: refusals take ${refusalMs} ms at p99`] : []),
    ...(1000 * backSeconds > readyMsMax ? [`${fault}: not ready ${backSeconds} s after the cause is gone`] : []),
  ];
}

/** The promises that a fault broke, in words. */
export function listBroken({ fault, span, sent, checks, findings, origins }: Observed): string[] {
  const broken: string[] = [];
  const expect = (isKept: boolean, words: string) => void (isKept || broken.push(`${fault.name}: ${words}`));
  for (const [kind, found] of Object.entries(findings))
    expect(found.length === 0, `${kind} ${found.length}: ${found.slice(0, 5).join('; ')}`);
  const unanswered = sent.filter(({ is }) => is === 'unanswered');
  expect(
    fault.ends === 'killed' || unanswered.length === 0,
    `no answer to ${unanswered.length} requests, such as ${unanswered[0]?.name} ${unanswered[0]?.code}`,
  );
  const odd = sent.filter(
    ({ is, code, retryAfter }) => is === 'refused' && !(code.startsWith('503 ') && retryAfter !== null) && !isOverload(code),
  );
  expect(odd.length === 0, `${odd.length} refusals are not 503 with Retry-After, such as ${odd[0]?.name} ${odd[0]?.code}`);
  // Too many passwords at once are refused at any time.
  const needless = sent.filter(({ is, change }) => is === 'refused' && change?.kind !== 'email' && change?.kind !== 'sign-in');
  expect(fault.database !== 'present' || needless.length === 0, `${needless.length} requests were refused, such as ${needless[0]?.name}`);

  const ofThose = checks.filter(({ origin }) => origins.includes(origin));
  const notLive = ofThose.filter(({ path, status }) => path === '/health/live' && status !== 200);
  expect(notLive.length === 0, `/health/live ${notLive[0]?.status}, ${notLive.length} times`);
  const ready = ofThose.filter(({ path }) => path === '/health/ready');
  const meanwhile = ready.filter(({ from, at }) => from > span.began + noticeMs && at < span.ended);
  if (fault.database === 'away')
    expect(
      meanwhile.every(({ status }) => status === 503),
      `/health/ready ${meanwhile.find(({ status }) => status !== 503)?.status} without a database`,
    );
  if (fault.database === 'present')
    expect(
      ready.every(({ status }) => status === 200),
      '/health/ready 503 with a database',
    );
  return broken;
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
