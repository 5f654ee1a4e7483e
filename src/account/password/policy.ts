import { isCommonPassword } from '../../crypto/common-passwords.ts';
import { countCodePoints, isStorable } from '../input.ts';

/** What a password must be, as data, so that a page can say it before anybody types. */
export const passwordPolicy = {
  /** Unicode code points of the NFC form. */
  minLength: 8,
  /** Bytes of UTF-8 of the NFC form. Refused when longer, never truncated: what is hashed is all that was typed. */
  maxBytes: 1024,
} as const;

/** Why a password is refused, by the names of the rules. */
export type PasswordFault = 'required' | 'regex' | 'min' | 'max' | 'common' | 'personal';

/** Whose password it shall be: what it must not be. */
export type PasswordContext = { readonly username?: string; readonly email?: string; readonly product: string };

/** Every reason why a password is refused; none: it is acceptable. */
export function findPasswordFaults(password: string, context: PasswordContext): PasswordFault[] {
  return [...findFormFaults(password), ...findGuessFaults(password, context)];
}

/** What makes a text no password at all. */
export function findFormFaults(typed: string): PasswordFault[] {
  const password = typed.normalize('NFC');
  if (password.trim() === '') return ['required'];
  const faults: [PasswordFault, boolean][] = [
    ['regex', !isStorable(password)],
    ['min', countCodePoints(password) < passwordPolicy.minLength],
    ['max', Buffer.byteLength(password) > passwordPolicy.maxBytes],
  ];
  return faults.flatMap(([fault, isBroken]) => (isBroken ? [fault] : []));
}

/** What makes a password one of the first that anybody tries. */
export function findGuessFaults(password: string, context: PasswordContext): PasswordFault[] {
  if (isPersonal(password, context)) return ['personal'];
  return isCommonPassword(password) ? ['common'] : [];
}

function isPersonal(password: string, { username, email, product }: PasswordContext): boolean {
  const names = [username, email, email?.split('@')[0], product, product.replaceAll(' ', '')];
  return names.some((name) => name !== undefined && name.toLowerCase() === password.toLowerCase());
}
