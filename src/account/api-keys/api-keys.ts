import { alphanumeric, hashToken, randomText } from '../../crypto/token.ts';
import type { Prisma } from '../../db/database.ts';
import { deleteApiKeyRow, insertApiKey, listApiKeysOfActivity } from '../../db/statements/api-keys.ts';
import { isRangeWithin } from '../../net/addresses.ts';
import type { Actor } from '../actor.ts';
import { changeBySql } from '../change.ts';
import type { Credential } from '../credential.ts';
import { parse, refuseInputs } from '../input.ts';
import { operation } from '../operation.ts';
import { InvalidInput, NotFound } from '../refusals.ts';
import { planViewer, readViewer } from '../viewer.ts';
import { apiKeyIdentifierInput, apiKeyInput } from './input.ts';
import { ApiKeyLimitReached } from './refusals.ts';

const identifierPrefix = 'ptlc_';
/** Characters of an identifier, prefix included. */
export const identifierCharacters = 16;
const secretCharacters = 32;

/** The columns of an API key that its owner may read. */
export const apiKeyFields = {
  id: true,
  identifier: true,
  description: true,
  allowedIps: true,
  lastUsedAt: true,
  createdAt: true,
} as const satisfies Prisma.ApiKeySelect;

export type ApiKey = Prisma.ApiKeyGetPayload<{ select: typeof apiKeyFields }>;

export const createApiKey = operation({
  name: 'createApiKey',
  description:
    'Creates an API key. It can do what the account can do, from the addresses that it is allowed from. A key that an API key creates is allowed from no address that its creator is not allowed from.',
  input: apiKeyInput,
  refusals: [InvalidInput, ApiKeyLimitReached],
  requires: { credential: 'any' },
  async run(actor, input) {
    const { description, allowedIps } = parse(apiKeyInput, input);
    const identifier = identifierPrefix + randomText(identifierCharacters - identifierPrefix.length, alphanumeric);
    const secret = randomText(secretCharacters, alphanumeric);
    const ranges = chooseRanges(actor, allowedIps ?? []);
    return changeBySql(actor, async (sql, { id: accountId }) => {
      const createdAt = actor.now();
      // Only a hash is stored: the secret is in this result and nowhere else.
      const key = { accountId, identifier, secretHash: hashToken(secret), description, allowedIps: ranges, createdAt };
      const apiKey = await insertApiKey(sql, { ...key, ...familyOf(actor.credential) }, actor.tools.limits.apiKeysMax);
      if (!apiKey) throw new ApiKeyLimitReached();
      const result = { apiKey, token: identifier + secret };
      return {
        result,
        activity: { event: 'user:api-key.create', properties: { identifier } },
        events: [['api-key.created', { identifier }]],
      };
    });
  },
});

export const deleteApiKey = operation({
  name: 'deleteApiKey',
  description: 'Deletes an API key. It is refused from its next request on. A key can delete itself.',
  input: apiKeyIdentifierInput,
  refusals: [NotFound],
  requires: { credential: 'any' },
  async run(actor, { identifier }) {
    if (!isIdentifier(identifier)) throw new NotFound();
    return changeBySql(actor, async (sql, { id: accountId }) => {
      const id = await deleteApiKeyRow(sql, accountId, identifier, actor.now());
      if (id === null) throw new NotFound();
      return {
        result: { id },
        activity: { event: 'user:api-key.delete', properties: { identifier } },
        events: [['api-key.deleted', { identifier }]],
      };
    });
  },
});

/** What a new key shares guesses with: the family of the key that makes it, or the session that makes it. */
function familyOf(maker: Credential): { familyId: number | null; madeInSessionId: number | null } {
  if (maker.kind === 'apiKey') return { familyId: maker.familyId, madeInSessionId: maker.madeInSessionId };
  return { familyId: null, madeInSessionId: maker.kind === 'session' ? maker.id : null };
}

export const apiKeysPlan = planViewer(new Set(['apiKeys'] as const));

/** Lists the actor's API keys, oldest first. */
export async function listApiKeys(actor: Actor): Promise<ApiKey[]> {
  const { apiKeys } = await readViewer(actor, apiKeysPlan);
  return apiKeys.map((apiKey) => ({ ...apiKey, lastUsedAt: lastUseOf(actor, apiKey) }));
}

/** Finds the actor's API keys of some ids. */
export function findApiKeys({ tools, accountId }: Actor, ids: readonly number[]): Promise<ApiKey[]> {
  return tools.db.apiKey.findMany({ where: { accountId, id: { in: [...ids] } }, take: ids.length, select: apiKeyFields });
}

/** Finds the API keys that rows of the actor's activity name by their identifiers, also those that are deleted. */
export function findApiKeysOfActivity({ tools, accountId }: Actor, identifiers: readonly string[]): Promise<ApiKey[]> {
  return listApiKeysOfActivity(tools.db, accountId, identifiers);
}

/** The time of the last use of an API key, also where it is not written yet. */
export function lastUseOf({ tools }: Actor, apiKey: Pick<ApiKey, 'id' | 'lastUsedAt'>): Date | null {
  return tools.keyUses.latest(apiKey.id) ?? apiKey.lastUsedAt;
}

/** Whether a value has the form of an identifier. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_]{16}$/.test(value);
}

/**
 * The list of a new key. A key that is limited to some addresses creates keys within them: an empty list becomes its own.
 * @throws InvalidInput for each entry with an address that the key of the request is not allowed from.
 */
function chooseRanges({ credential }: Actor, entries: readonly string[]): string[] {
  const wanted = entries.filter((entry) => entry !== '');
  if (credential.kind !== 'apiKey' || credential.allowedIps.length === 0) return wanted;
  const { allowedIps } = credential;
  const isWider = (entry: string) => entry !== '' && !isRangeWithin(entry, allowedIps);
  const wider = entries.flatMap((given, index) =>
    isWider(given) ? [{ field: `allowedIps.${index}`, rule: 'within', given } as const] : [],
  );
  if (wider.length > 0) throw refuseInputs(wider);
  return wanted.length === 0 ? [...allowedIps] : wanted;
}
