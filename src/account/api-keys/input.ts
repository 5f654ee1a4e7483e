import { z } from 'zod';
import { isRange } from '../../net/addresses.ts';
import { broken, compared, text } from '../input.ts';

const allowedIpsMax = 50;
const identifierUnitsMax = 64;
/** Longer than two addresses and the blanks around them. */
const entryUnitsMax = 128;

export const apiKeyInput = z.object({
  description: text({ most: 500 }).meta({ description: 'What the key is used for: 1 to 500 characters.' }),
  allowedIps: z
    .array(z.string().superRefine(checkLength).trim().superRefine(checkRange))
    .max(allowedIpsMax)
    .superRefine(checkNotOnlyEmpty)
    .nullish()
    .meta({
      description:
        'The addresses and ranges that the key is allowed from, IPv4 or IPv6, such as `["192.0.2.7", "2001:db8::/32"]`: at most 50. They are kept as they are spelled. Empty entries are left out; a list that has no others is refused. Omitted or an empty list: any address, or the list of the API key that creates the key.',
    }),
});

export const apiKeyIdentifierInput = z.object({
  identifier: compared(identifierUnitsMax, 'The first 16 characters of the token: `ptlc_` and 11 more.'),
});

function checkLength(entry: string, context: z.RefinementCtx): void {
  if (entry.length <= entryUnitsMax) return;
  const given = `${entry.slice(0, entryUnitsMax).toWellFormed()}…`;
  context.addIssue({ ...broken('address', undefined, given), continue: false });
}

function checkRange(entry: string, context: z.RefinementCtx): void {
  if (entry !== '' && !isRange(entry)) context.addIssue(broken('address', undefined, entry));
}

/** An empty variable in a template of the list must not make a key that is allowed from any address. */
function checkNotOnlyEmpty(entries: readonly string[], context: z.RefinementCtx): void {
  if (entries.some((entry) => entry !== '')) return;
  for (const index of entries.keys()) context.addIssue({ ...broken('required'), path: [index] });
}
