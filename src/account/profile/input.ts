import { isIP } from 'node:net';
import { z } from 'zod';
import { broken, currentPassword, nameCharactersMax, text, unitsMax } from '../input.ts';
import { foldHost } from './fold.ts';

// RFC 5321 §4.1.2 mailboxes, with letters of any script (RFC 6531): a dot-separated or quoted local part; a host name
// of one label or more, or an address in brackets. Linear: no part of it can match the same text in two ways.
const mailbox =
  /^(?:[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*|"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*")@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*|\[[0-9a-z:.]+\])$/iu;

/** Characters that are shown as nothing: two addresses would look the same. */
const isInvisible = /\p{Default_Ignorable_Code_Point}/u;

// RFC 5321 §4.5.3.1, RFC 1035 §2.3.4, RFC 6531 §3.3: octets of UTF-8, and of the ASCII form of a host.
const localBytesMax = 64;
const hostBytesMax = 255;
const labelBytesMax = 63;

/** An e-mail address, kept as typed. */
export const emailAddress = text({ most: nameCharactersMax }).superRefine((value, context) => {
  if (value !== '' && !isMailbox(value)) context.addIssue(broken('email'));
});

function isMailbox(value: string): boolean {
  if (value.length > unitsMax(nameCharactersMax) || !mailbox.test(value) || isInvisible.test(value)) return false;
  const at = value.lastIndexOf('@');
  const host = value.slice(at + 1);
  return Buffer.byteLength(value.slice(0, at)) <= localBytesMax && (host.startsWith('[') ? isLiteral(host) : isHost(foldHost(host)));
}

/** An address in brackets, IPv6 with its name before it (RFC 5321 §4.1.3). */
function isLiteral(host: string): boolean {
  const [, v6, v4 = ''] = /^\[(?:ipv6:(.*)|(.*))\]$/i.exec(host) ?? [];
  return v6 === undefined ? isIP(v4) === 4 : isIP(v6) === 6;
}

function isHost(ascii: string): boolean {
  const labels = ascii.split('.');
  return /^[\w.-]+$/.test(ascii) && ascii.length <= hostBytesMax && labels.every(({ length }) => length > 0 && length <= labelBytesMax);
}

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

const languageUnitsMax = 5;

/** A code of a language, with or without a country. */
export const languageCode = z.string().superRefine((value, context) => {
  if (value.length > languageUnitsMax || !/^[a-z]{2}(?:[_-][a-zA-Z]{2})?$/.test(value)) context.addIssue(broken('language'));
});

const name = text({ most: nameCharactersMax }).nullish();

export const profileInput = z.object({
  firstName: name.meta({ description: 'The new first name, at most 191 characters. Null removes it; without the field it stays.' }),
  lastName: name.meta({ description: 'The new last name, at most 191 characters. Null removes it; without the field it stays.' }),
  language: languageCode.nullish().meta({ description: 'The code of the preferred language: `en`, `pt-BR`. Without the field it stays.' }),
});
