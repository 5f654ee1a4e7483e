import { hashPassword } from '../../crypto/password-hash.ts';
import { type Actor, sessionIdOf, type Visitor } from '../actor.ts';
import { change } from '../change.ts';
import { parse, refuseInputs } from '../input.ts';
import { operation } from '../operation.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../refusals.ts';
import { describeRule } from '../rules.ts';
import { createDevice, endDevices } from '../sessions/devices.ts';
import { endOtherSessions, sessionsEnded } from '../sessions/sessions.ts';
import { hashInQueue, verifyPassword } from '../verify.ts';
import { passwordInput } from './input.ts';
import { type FormFault, findFormFaults, limitOf } from './policy.ts';
import { findGuessFault, type GuessFault } from './strength.ts';

export const updatePassword = operation({
  name: 'updatePassword',
  description:
    'Changes the password of the account and ends its other sessions. The current password is checked first. API keys stay valid.',
  input: passwordInput,
  refusals: [InvalidInput, IncorrectPassword, RateLimited, Overloaded],
  requires: { credential: 'any' },
  async run(actor, input) {
    const verified = await verifyPassword(actor, input.currentPassword, 'currentPassword');
    const { newPassword } = parse(passwordInput, input);
    const fault = await findGuessFault(actor.tools, newPassword, await listNames(actor));
    if (fault) throw refuseInputs([{ field: 'newPassword', ...fault }]);
    const passwordHash = await hashInQueue(actor.tools, () => hashPassword(newPassword, actor.tools.passwordCost));
    return change(actor, verified, async (transaction, { id }) => {
      await transaction.account.update({ where: { id }, data: { passwordHash }, select: { id: true } });
      const sessions = await endOtherSessions(transaction, actor);
      const owner = await endDevices(transaction, id);
      return {
        // The browser that changed the password stays known.
        result: { device: sessionIdOf(actor) === null ? null : createDevice(actor, owner) },
        activity: { event: 'user:account.password-changed' },
        events: [['password.changed'], ...sessionsEnded(sessions, 'password changed')],
      };
    });
  },
});

/** A rule that a password breaks, and a sentence that says what to do. */
export type PasswordFault = { readonly rule: FormFault | GuessFault['rule']; readonly message: string };

/**
 * Lists why a password would be refused. The account's own names count where the caller is signed in.
 * @throws Overloaded
 */
export async function checkPassword(caller: Visitor | Actor, password: string): Promise<PasswordFault[]> {
  const faults = findFormFaults(password).map((rule) => ({ rule, message: describeRule('newPassword', rule, limitOf(rule)) }));
  if (faults.some(({ rule }) => rule !== 'min')) return faults;
  const guessFault = await findGuessFault(caller.tools, password, await listNames(caller));
  // Every short password is easy to guess, which `min` says already.
  const isNew = guessFault && (faults.length === 0 || guessFault.rule !== 'guessable');
  return isNew ? [...faults, guessFault] : faults;
}

/** The names that a password must not have in it: of the account, and of the service. */
async function listNames(caller: Visitor | Actor): Promise<string[]> {
  const { db, issuer } = caller.tools;
  const select = { username: true, email: true, firstName: true, lastName: true } as const;
  const names = 'accountId' in caller ? await db.account.findFirst({ where: { id: caller.accountId }, select }) : null;
  return namesOf(issuer, names ?? {});
}

type Names = {
  readonly username?: string;
  readonly email?: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
};

/** The names of an account and of the service, each as it is compared with a password. */
export function namesOf(service: string, { username, email, firstName, lastName }: Names): string[] {
  const names = [username, email, email?.split('@')[0], firstName, lastName, service, service.replaceAll(' ', '')];
  return names.flatMap((name) => name || []);
}
