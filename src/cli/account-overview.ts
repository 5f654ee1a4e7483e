import { type AccountOverview, readOverview } from '../account/operator/overview.ts';
import { withTools } from './open.ts';
import type { Answer, Terminal } from './terminal.ts';

/** `account show` */
export async function showAccount(terminal: Terminal, username: string): Promise<Answer> {
  const { id: _, ...overview } = await withTools(terminal, (tools) => readOverview(tools, username));
  return { json: overview, text: describe(overview) };
}

function describe(overview: Omit<AccountOverview, 'id'>): string {
  const { username, email, admin, createdAt, twoFactor, recoveryTokens, apiKeys, sshKeys, sessions, lastSignIn, failures } = overview;
  const lines = [
    ['username', username],
    ['email', email],
    ['admin', admin ? 'yes' : 'no'],
    ['created', createdAt.toISOString()],
    ['two-factor', twoFactor ? `enabled, recovery tokens left: ${recoveryTokens}` : 'not enabled'],
    ['API keys', String(apiKeys)],
    ['SSH keys', String(sshKeys)],
    ['sessions', String(sessions)],
    ['last sign-in', lastSignIn ? `${lastSignIn.occurredAt.toISOString()} from ${lastSignIn.ip ?? 'an unknown address'}` : 'none'],
    ...describeSignIn(overview).map((sentence) => ['sign-in', sentence]),
    ...failures.map(({ occurredAt, ip, login }) => [
      'failed',
      `${occurredAt.toISOString()} from ${ip ?? 'an unknown address'} as ${login}`,
    ]),
  ];
  return lines.map(([name = '', value]) => `${name.padEnd(14)}${value}`).join('\n');
}

/** Why a sign-in is refused, and what to do; one sentence for each reason. */
function describeSignIn({ disabled, locks, twoFactor }: Pick<AccountOverview, 'disabled' | 'locks' | 'twoFactor'>): string[] {
  if (disabled) return ['refused: the account is disabled: account enable'];
  const locked = locks.map(
    ({ login, network, until }) =>
      `refused as ${login} from ${network ?? 'every network that is not known'} until ${until.toISOString()}, after too many wrong secrets: account unlock`,
  );
  if (locked.length > 0) return locked;
  return [twoFactor ? 'accepted with the password, and a code or a recovery token' : 'accepted with the password'];
}
