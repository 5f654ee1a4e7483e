import { isCommonPassword } from '../../crypto/common-passwords.ts';
import { countCodePoints, isStorable, passwordUnitsMax } from '../input.ts';

/** The rules for a new password, as data, so that a page can show them. */
export const passwordPolicy = {
  /** Unicode code points of the NFC form. */
  minLength: 8,
  /** UTF-8 bytes of the NFC form. A longer password is refused, never truncated. */
  maxBytes: passwordUnitsMax,
} as const;

/** The rules that a password can break. */
export type PasswordFault = 'required' | 'regex' | 'min' | 'max' | 'common' | 'personal';

/** The names that a password must not be. */
export type PasswordContext = { readonly username?: string; readonly email?: string; readonly product: string };

/** Every rule that a password breaks; none for an acceptable one. */
export function findPasswordFaults(password: string, context: PasswordContext): PasswordFault[] {
  return [...findFormFaults(password), ...findGuessFaults(password, context)];
}

/** The rules of form that a text breaks. */
export function findFormFaults(typed: string): PasswordFault[] {
  if (typed.length > passwordUnitsMax) return ['max'];
  const password = typed.normalize('NFC');
  if (password.trim() === '') return ['required'];
  const faults: [PasswordFault, boolean][] = [
    ['regex', !isStorable(password)],
    ['min', countCodePoints(password) < passwordPolicy.minLength],
    ['max', Buffer.byteLength(password) > passwordPolicy.maxBytes],
  ];
  return faults.flatMap(([fault, isBroken]) => (isBroken ? [fault] : []));
}

/** The rules against common passwords that a password breaks. */
export function findGuessFaults(password: string, context: PasswordContext): PasswordFault[] {
  if (password.length > passwordUnitsMax) return [];
  if (isPersonal(password, context)) return ['personal'];
  return isCommonPassword(password) ? ['common'] : [];
}

function isPersonal(password: string, { username, email, product }: PasswordContext): boolean {
  const names = [username, email, email?.split('@')[0], product, product.replaceAll(' ', '')];
  return names.some((name) => name !== undefined && name.toLowerCase() === password.toLowerCase());
}
