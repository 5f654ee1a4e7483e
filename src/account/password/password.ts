import { hashPassword } from '../../crypto/password-hash.ts';
import { type Actor, sessionIdOf, type Visitor } from '../actor.ts';
import { change } from '../change.ts';
import { parse, refuseInput } from '../input.ts';
import { operation } from '../operation.ts';
import { IncorrectPassword, InvalidInput, Overloaded, RateLimited } from '../refusals.ts';
import { createDevice, endDevices } from '../sessions/devices.ts';
import { endOtherSessions } from '../sessions/sessions.ts';
import { hashInQueue, verifyPassword } from '../verify.ts';
import { passwordInput } from './input.ts';
import { findGuessFaults, findPasswordFaults, type PasswordContext, type PasswordFault } from './policy.ts';

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
    const [fault] = findGuessFaults(newPassword, await contextOf(actor));
    if (fault) throw refuseInput('newPassword', fault);
    const passwordHash = await hashInQueue(actor.tools, () => hashPassword(newPassword, actor.tools.passwordCost));
    return change(actor, verified, async (transaction, { id }) => {
      await transaction.account.update({ where: { id }, data: { passwordHash }, select: { id: true } });
      const sessions = await endOtherSessions(transaction, actor);
      const owner = await endDevices(transaction, id);
      return {
        // The browser that changed the password stays known.
        result: { device: sessionIdOf(actor) === null ? null : createDevice(actor, owner) },
        activity: { event: 'user:account.password-changed' },
        events: [['password.changed', { endedSessions: sessions }]],
      };
    });
  },
});

/** Lists why a password would be refused. The account's own names count where the caller is signed in. */
export async function checkPassword(caller: Visitor | Actor, password: string): Promise<PasswordFault[]> {
  return findPasswordFaults(password, await contextOf(caller));
}

async function contextOf(caller: Visitor | Actor): Promise<PasswordContext> {
  const { db, issuer } = caller.tools;
  if (!('accountId' in caller)) return { product: issuer };
  const names = await db.account.findUnique({ where: { id: caller.accountId }, select: { username: true, email: true } });
  return { ...names, product: issuer };
}
