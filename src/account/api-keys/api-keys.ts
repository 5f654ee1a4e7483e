import { z } from 'zod';
import { alphanumeric, hashToken, isSameHash, randomText } from '../../crypto/token.ts';
import type { Prisma, Transaction } from '../../db/database.ts';
import { canonicalizeRange, isAddressIn } from '../../net/addresses.ts';
import { recordActivity } from '../activity/activity.ts';
import type { Actor, Visitor } from '../actor.ts';
import { broken, parseInput, text } from '../input.ts';
import { lockAccount } from '../profile/profile.ts';
import { AddressNotAllowed, ApiKeyLimitReached, NotFound, RateLimited, Unauthenticated } from '../refusals.ts';

const identifierPrefix = 'ptlc_';
const identifierCharacters = 16;
const secretCharacters = 32;
const allowedIpsMax = 50;

/** What a key shows of itself. */
export const apiKeyFields = {
  id: true,
  identifier: true,
  description: true,
  allowedIps: true,
  lastUsedAt: true,
  createdAt: true,
} as const satisfies Prisma.ApiKeySelect;

export type ApiKey = Prisma.ApiKeyGetPayload<{ select: typeof apiKeyFields }>;

/** A key to be made. */
export const apiKeyInput = z.object({
  description: text({ most: 500 }),
  allowedIps: z.array(z.string().trim().superRefine(checkRange)).max(allowedIpsMax).nullish(),
});

/**
 * Makes a key. Its secret is in the answer and nowhere else: what is stored is a SHA-256 of it.
 * @returns the key and the whole bearer token, identifier and secret.
 * @throws InvalidInput, ApiKeyLimitReached.
 */
export async function createApiKey(
  actor: Actor,
  input: { description: unknown; allowedIps?: unknown },
): Promise<{ apiKey: ApiKey; token: string }> {
  const { description, allowedIps } = parseInput(apiKeyInput, input);
  const identifier = identifierPrefix + randomText(identifierCharacters - identifierPrefix.length, alphanumeric);
  const secret = randomText(secretCharacters, alphanumeric);
  const data = {
    accountId: actor.accountId,
    identifier,
    secretHash: hashToken(secret),
    description,
    allowedIps: (allowedIps ?? []).flatMap((entry) => canonicalizeRange(entry) ?? []),
    createdAt: actor.now(),
  };
  const apiKey = await actor.tools.db.$transaction(async (transaction) => {
    await assertApiKeyLeft(transaction, actor);
    const created = await transaction.apiKey.create({ data, select: apiKeyFields });
    await recordActivity(transaction, actor, 'user:api-key.create', { identifier });
    return created;
  });
  return { apiKey, token: identifier + secret };
}

/** Lists the actor's keys, oldest first. */
export async function listApiKeys(actor: Actor): Promise<ApiKey[]> {
  const apiKeys = await actor.tools.db.apiKey.findMany({
    where: { accountId: actor.accountId },
    orderBy: { id: 'asc' },
    select: apiKeyFields,
  });
  return apiKeys.map((apiKey) => ({ ...apiKey, lastUsedAt: lastUseOf(actor, apiKey) }));
}

/** Reads one of the actor's keys with whatever a Prisma selection asks for. */
export function readApiKey(actor: Actor, id: number, selection: Prisma.ApiKeyDefaultArgs) {
  return actor.tools.db.apiKey.findUniqueOrThrow({ ...selection, where: { id, accountId: actor.accountId } });
}

/** When a key was last used, also when that is not written yet. */
export function lastUseOf(actor: Actor, apiKey: { id: number; lastUsedAt: Date | null }): Date | null {
  return actor.tools.keyUses.latest(apiKey.id) ?? apiKey.lastUsedAt;
}

/**
 * Deletes a key of the actor's; a key may delete itself.
 * @returns the id it had.
 * @throws NotFound also for a key of another account.
 */
export async function deleteApiKey(actor: Actor, input: { identifier: string }): Promise<number> {
  const { identifier } = input;
  if (!isIdentifier(identifier)) throw new NotFound();
  return actor.tools.db.$transaction(async (transaction) => {
    await lockAccount(transaction, actor.accountId);
    const apiKey = await transaction.apiKey.findFirst({ where: { identifier, accountId: actor.accountId }, select: { id: true } });
    if (!apiKey) throw new NotFound();
    // Before the delete, so that a key that deletes itself is still there to be named.
    await recordActivity(transaction, actor, 'user:api-key.delete', { identifier });
    const { count } = await transaction.apiKey.deleteMany({ where: { id: apiKey.id } });
    if (count === 0) throw new NotFound();
    return apiKey.id;
  });
}

/**
 * The actor whose key a bearer token is.
 * @throws Unauthenticated when it is wrong, revoked or expired; AddressNotAllowed when the key is not for this address.
 */
export async function authenticateApiKey(visitor: Visitor, token: string): Promise<Actor> {
  const identifier = token.slice(0, identifierCharacters);
  const secret = token.slice(identifierCharacters);
  if (!isIdentifier(identifier) || secret === '') return refuseUnknown(visitor);
  const apiKey = await visitor.tools.db.apiKey.findUnique({
    where: { identifier },
    select: { id: true, accountId: true, secretHash: true, allowedIps: true, expiresAt: true },
  });
  if (!apiKey || !isSameHash(apiKey.secretHash, hashToken(secret))) return refuseUnknown(visitor);
  if (apiKey.expiresAt && apiKey.expiresAt <= visitor.now()) throw new Unauthenticated();
  const actor: Actor = { ...visitor, accountId: apiKey.accountId, credential: { kind: 'apiKey', id: apiKey.id, identifier } };
  if (apiKey.allowedIps.length > 0 && !isAddressIn(visitor.ip, apiKey.allowedIps)) return refuseAddress(actor, identifier);
  visitor.tools.keyUses.note(apiKey.id, visitor.now());
  return actor;
}

/** A key that there is not costs the address; one that there is passes all the same, so that neighbours do not suffer. */
async function refuseUnknown(visitor: Visitor): Promise<never> {
  const spent = await visitor.tools.unknownKeys.spend(visitor.network);
  throw spent && !spent.isWithin ? new RateLimited(spent.resetSeconds) : new Unauthenticated();
}

/** A refused address leaves its row and does not count as a use. */
async function refuseAddress(actor: Actor, identifier: string): Promise<never> {
  const properties = { identifier };
  await actor.tools.db.$transaction((transaction) => recordActivity(transaction, actor, 'auth:ip-blocked', properties));
  throw new AddressNotAllowed(actor.ip ?? 'unknown');
}

/** Counts under the account's lock: of any number of requests at once, no more than the limit get a key. */
async function assertApiKeyLeft(transaction: Transaction, actor: Actor): Promise<void> {
  const { apiKeysMax } = actor.tools.limits;
  await lockAccount(transaction, actor.accountId);
  if (apiKeysMax === 0) return;
  const count = await transaction.apiKey.count({ where: { accountId: actor.accountId } });
  if (count >= apiKeysMax) throw new ApiKeyLimitReached();
}

function isIdentifier(text: string): boolean {
  return /^[A-Za-z0-9_]{16}$/.test(text);
}

function checkRange(entry: string, context: z.RefinementCtx): void {
  if (canonicalizeRange(entry) === null) context.addIssue(broken('address', undefined, entry));
}
