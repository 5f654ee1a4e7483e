import type { LimitsConfig } from '../../config/config.ts';
import type { ActivityRow } from '../../db/statements/activity.ts';
import { addressNetwork } from '../../net/addresses.ts';
import { daySeconds, loginsOfAccount, windowSeconds } from '../guesses.ts';

/** Sign-ins that are refused after too many wrong secrets. */
export type Lock = {
  /** The login, with folded case: the username or the e-mail address. */
  readonly login: string;
  /** The network that is refused, an IPv4 address or an IPv6 /64; null: every network. */
  readonly network: string | null;
  readonly until: Date;
};

type Attempt = Pick<ActivityRow, 'event' | 'ip' | 'properties' | 'occurredAt'>;

/** A window begins with the first wrong secret in it. */
type Window = { readonly endsAt: number; wrong: number };

/**
 * Finds the locks of an account by its failed and complete sign-ins since it was unlocked, oldest first: the counters themselves
 * are in the memory of the servers or in Redis. Known browsers, whose wrong secrets are counted apart, are counted here too.
 */
export function findLocks(attempts: readonly Attempt[], limits: LimitsConfig, now: Date): Lock[] {
  const windows = new Map<string, Window & Omit<Lock, 'until'>>();
  const nameOf = (login: string, network: string | null) => JSON.stringify([login, network]);
  const count = (login: string, network: string | null, at: number, seconds: number) => {
    const name = nameOf(login, network);
    const present = windows.get(name);
    const window = present && present.endsAt > at ? present : { login, network, endsAt: at + seconds * 1000, wrong: 0 };
    window.wrong += 1;
    windows.set(name, window);
  };
  for (const { event, ip, properties, occurredAt } of attempts) {
    const network = addressNetwork(ip);
    if (event === 'auth:success') {
      for (const [name, window] of windows) if (window.network === network) windows.delete(name);
      continue;
    }
    const login = loginOf(properties);
    count(login, network, occurredAt.getTime(), windowSeconds);
    count(login, null, occurredAt.getTime(), daySeconds);
  }
  const limitOf = ({ network }: Pick<Lock, 'network'>) =>
    network === null ? Math.ceil(limits.wrongSecretsPerDay / loginsOfAccount) : limits.wrongSecretsPer15Minutes;
  return [...windows.values()]
    .filter((window) => window.endsAt > now.getTime() && limitOf(window) > 0 && window.wrong >= limitOf(window))
    .map(({ login, network, endsAt }) => ({ login, network, until: new Date(endsAt) }));
}

/** The login of a failed sign-in, as its row has it. */
export function loginOf(properties: ActivityRow['properties']): string {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return '';
  return String(properties['email'] ?? properties['username'] ?? '');
}
