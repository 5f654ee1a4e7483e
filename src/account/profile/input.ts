import { z } from 'zod';
import { broken, currentPassword, nameCharactersMax, text } from '../input.ts';

// RFC 5321 §4.1.2 mailboxes, with letters of any script (RFC 6531): a dot-separated or quoted local part; a host name
// of one label or more, or an address in brackets. Linear: no part of it can match the same text in two ways.
const mailbox =
  /^(?:[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*|"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*")@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*|\[[0-9a-fA-F:.]+\])$/u;

/** An e-mail address, kept as typed. */
export const emailAddress = text({ most: nameCharactersMax }).superRefine((value, context) => {
  if (value !== '' && !mailbox.test(value)) context.addIssue(broken('email'));
});

/** A username: letters and digits at both ends; dots, dashes and underscores between. */
export const usernameText = text({ most: nameCharactersMax }).superRefine((value, context) => {
  if (value !== '' && !/^[a-z0-9](?:[\w.-]*[a-z0-9])?$/i.test(value)) context.addIssue(broken('username'));
});

export const emailInput = z.object({
  email: emailAddress.meta({ description: 'The new e-mail address, at most 191 characters. Unique without regard to case.' }),
  password: currentPassword,
});

export const usernameInput = z.object({
  username: usernameText.meta({
    description: 'The new username: letters and digits, with dots, dashes and underscores between them. Unique without regard to case.',
  }),
  password: currentPassword,
});

/** The form in which usernames and e-mail addresses are compared: without regard to case, composed. */
export function foldCase(value: string): string {
  return value.normalize('NFC').toLowerCase();
}
