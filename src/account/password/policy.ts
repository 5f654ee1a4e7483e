import { countCodePoints, isStorable, passwordUnitsMax } from '../input.ts';

/** The rules for a new password, as data, so that a page can show them. */
export const passwordPolicy = {
  /** Unicode code points of the NFC form. */
  minLength: 8,
  /** UTF-8 bytes of the NFC form. A longer password is refused, never truncated. */
  maxBytes: passwordUnitsMax,
} as const;

/** The rules of form that a password can break. */
export type FormFault = 'required' | 'regex' | 'min' | 'max';

/** The rules of form that a text breaks. */
export function findFormFaults(typed: string): FormFault[] {
  if (typed.length > passwordUnitsMax) return ['max'];
  const password = typed.normalize('NFC');
  if (password.trim() === '') return ['required'];
  const faults: [FormFault, boolean][] = [
    ['regex', !isStorable(password)],
    ['min', countCodePoints(password) < passwordPolicy.minLength],
    ['max', Buffer.byteLength(password) > passwordPolicy.maxBytes],
  ];
  return faults.flatMap(([fault, isBroken]) => (isBroken ? [fault] : []));
}

/** The number in a rule of form. */
export function limitOf(fault: FormFault): number | undefined {
  if (fault === 'min') return passwordPolicy.minLength;
  return fault === 'max' ? passwordPolicy.maxBytes : undefined;
}
