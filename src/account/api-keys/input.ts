import { z } from 'zod';
import { canonicalizeRange } from '../../net/addresses.ts';
import { broken, text } from '../input.ts';

const allowedIpsMax = 50;

export const apiKeyInput = z.object({
  description: text({ most: 500 }).meta({ description: 'What the key is used for: 1 to 500 characters.' }),
  allowedIps: z.array(z.string().trim().superRefine(checkRange)).max(allowedIpsMax).nullish().meta({
    description:
      'The addresses and CIDR ranges that the key is allowed from, IPv4 or IPv6, such as `["192.0.2.7", "2001:db8::/32"]`: at most 50. Omitted or empty: any address.',
  }),
});

export const apiKeyIdentifierInput = z.object({
  identifier: z.unknown().meta({ type: 'string', description: 'The first 16 characters of the token: `ptlc_` and 11 more.' }),
});

function checkRange(entry: string, context: z.RefinementCtx): void {
  if (canonicalizeRange(entry) === null) context.addIssue(broken('address', undefined, entry));
}
