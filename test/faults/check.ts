import { setTimeout as sleep } from 'node:timers/promises';
import type { Sent } from './load.ts';
import { query } from './postgresql.ts';
import type { Kind } from './requests.ts';

/** How often a change stands in the database: by its rows, and by its rows of activity. */
type Effect = { readonly rows: number; readonly activities: number };

/** Changes that break a promise, in words. `orphans`: rows without their activity, and activity without its rows. */
export type Findings = {
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly half: readonly string[];
  readonly refusedButDone: readonly string[];
  readonly orphans: readonly string[];
};

/** Compares what was answered with what stands in the database. @param url of the database, without the proxy. */
export async function checkChanges(url: string, sent: readonly Sent[]): Promise<Findings> {
  await untilQuiet(url);
  const state = await readState(url);
  const changes = sent.flatMap((one) => (one.change ? [{ ...one, effect: state.effectOf(one.change.kind, one.change.marker) }] : []));
  const list = (isBroken: (one: (typeof changes)[number]) => boolean) =>
    changes.filter(isBroken).map(({ name, is, code, change, effect, accountId }) => {
      return `${name} of account ${accountId}, ${is} ${code}: ${JSON.stringify({ ...change, ...effect })}`;
    });
  return {
    lost: list(({ is, effect }) => is === 'acknowledged' && effect.activities === 0),
    twice: list(({ effect }) => Math.max(effect.rows, effect.activities) > 1),
    half: list(({ effect }) => effect.rows !== effect.activities),
    refusedButDone: list(({ is, effect }) => is === 'refused' && effect.activities > 0),
    orphans: state.findOrphans(),
  };
}

const quietSecondsMax = 30;

/** Waits until no transaction of a gateway runs: one that nobody waits for any more may still end. */
async function untilQuiet(url: string): Promise<void> {
  const running = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'account-gateway' AND state <> 'idle' AND query <> 'SELECT 1'`;
  for (let tries = 0; (await query(url, running)).length > 0; tries += 1) {
    if (tries > quietSecondsMax * 5) throw new Error('transactions of the gateways do not end');
    await sleep(200);
  }
}

async function readState(url: string) {
  const keys = await query(url, 'SELECT identifier, description FROM api_keys');
  const deletedKeys = await query(url, 'SELECT identifier, description FROM deleted_api_keys');
  const sshKeys = countBy(await query(url, 'SELECT fingerprint FROM ssh_keys'), 'fingerprint');
  const sessions = countBy(await query(url, 'SELECT user_agent FROM sessions'), 'user_agent');
  const activities = await query(
    url,
    `SELECT event, account_id, user_agent, properties->>'identifier' AS identifier, properties->>'fingerprint' AS fingerprint,
      properties->>'old' AS old, properties->>'new' AS new FROM activity ORDER BY id`,
  );
  const emails = await query(url, 'SELECT id, email FROM accounts');
  const of = (event: string, key: string) =>
    countBy(
      activities.filter((row) => row['event'] === event),
      key,
    );
  const created = of('user:api-key.create', 'identifier');
  const deleted = of('user:api-key.delete', 'identifier');
  const added = of('user:ssh-key.create', 'fingerprint');
  const removed = of('user:ssh-key.delete', 'fingerprint');
  const changed = of('user:account.email-changed', 'new');
  const signedIn = of('auth:success', 'user_agent');
  const markers = groupIdentifiers([...keys, ...deletedKeys]);
  const [present, gone] = [countBy(keys, 'identifier'), countBy(deletedKeys, 'identifier')];

  const effects: Record<Kind, (marker: string) => Effect> = {
    'api-key.create': (marker) => {
      const identifiers = markers.get(marker) ?? [];
      return { rows: identifiers.length, activities: sum(identifiers.map((identifier) => at(created, identifier))) };
    },
    'api-key.delete': (marker) => ({ rows: at(gone, marker), activities: at(deleted, marker) }),
    // A key that is deleted later has left no other row.
    'ssh-key.create': (marker) => ({ rows: at(sshKeys, marker) + at(removed, marker), activities: at(added, marker) }),
    'ssh-key.delete': (marker) => ({ rows: at(added, marker) - at(sshKeys, marker), activities: at(removed, marker) }),
    email: (marker) => ({ rows: at(changed, marker), activities: at(changed, marker) }),
    'sign-in': (marker) => ({ rows: at(sessions, marker), activities: at(signedIn, marker) }),
  };

  const findOrphans = (): string[] => {
    const last = new Map(
      activities.flatMap(({ event, account_id, new: email }) => (event === 'user:account.email-changed' ? [[account_id, email]] : [])),
    );
    return [
      ...[...created.keys()].filter((one) => at(present, one) + at(gone, one) !== 1).map((one) => `activity of the key ${one}, no key`),
      ...keys
        .filter(({ identifier, description }) => description !== 'inserted' && !created.has(String(identifier)))
        .map(({ identifier }) => `the key ${identifier}, no activity`),
      ...[...present.keys()].filter((one) => gone.has(one)).map((one) => `the key ${one} is deleted and present`),
      ...[...sshKeys.keys()].filter((one) => at(added, one) - at(removed, one) !== 1).map((one) => `the SSH key ${one}, no activity`),
      ...[...sessions.keys()].filter((one) => at(signedIn, one) !== at(sessions, one)).map((one) => `the session of ${one}, no activity`),
      ...emails
        .filter(({ id, email }) => last.has(id) && last.get(id) !== email)
        .map(({ id }) => `account ${id} has another address than its activity`),
    ];
  };
  return { effectOf: (kind: Kind, marker: string) => effects[kind](marker), findOrphans };
}

function groupIdentifiers(rows: readonly Record<string, unknown>[]): Map<string, string[]> {
  const groups = Map.groupBy(rows, ({ description }) => String(description));
  return new Map([...groups].map(([marker, group]) => [marker, group.map(({ identifier }) => String(identifier))]));
}

function countBy(rows: readonly Record<string, unknown>[], key: string): Map<string, number> {
  const groups = Map.groupBy(rows, (row) => String(row[key]));
  return new Map([...groups].map(([value, group]) => [value, group.length]));
}

const at = (counts: ReadonlyMap<string, number>, key: string) => counts.get(key) ?? 0;
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
