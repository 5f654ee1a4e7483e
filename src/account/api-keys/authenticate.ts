import { hashToken, isSameHash } from '../../crypto/token.ts';
import { findApiKeyCredential } from '../../db/statements/viewer.ts';
import { isAddressIn } from '../../net/addresses.ts';
import type { Actor, Visitor } from '../actor.ts';
import { AddressNotAllowed, Unauthenticated } from '../refusals.ts';
import { logEvent, reachLimit } from '../security-events.ts';
import { boundViewer, type ViewerPlan } from '../viewer.ts';
import { identifierCharacters, isIdentifier } from './api-keys.ts';
import { recordRefusedUse } from './refused-uses.ts';

/**
 * Authenticates a bearer token.
 * @param plan parts of the account to read in the same statement, for a request that changes nothing.
 * @throws Unauthenticated when it is wrong, revoked or expired; RateLimited after too many unknown keys from one address;
 * AddressNotAllowed when the key is not allowed from this address.
 */
export async function authenticateApiKey(visitor: Visitor, token: string, plan: ViewerPlan | null): Promise<Actor> {
  const identifier = token.slice(0, identifierCharacters);
  const secret = token.slice(identifierCharacters);
  if (!isIdentifier(identifier) || secret === '') return refuseUnknown(visitor, 'malformed');
  const found = await findApiKeyCredential(visitor.tools.sql, identifier, plan && { plan, bounds: boundViewer(visitor.tools) });
  const apiKey = found?.key;
  if (!apiKey) return refuseUnknown(visitor, 'unknown');
  if (!isSameHash(apiKey.secretHash, hashToken(secret))) return refuseUnknown(visitor, 'wrong secret');
  if (apiKey.expiresAt && apiKey.expiresAt <= visitor.now()) {
    logEvent(visitor, 'api-key.unknown', { reason: 'expired' });
    throw new Unauthenticated();
  }
  const { id, accountId, allowedIps, madeInSessionId } = apiKey;
  const credential = { kind: 'apiKey', id, identifier, allowedIps, familyId: apiKey.familyId ?? id, madeInSessionId } as const;
  const actor: Actor = { ...visitor, accountId, credential };
  if (apiKey.allowedIps.length > 0 && !isAddressIn(visitor.isAddressCertain ? visitor.ip : null, apiKey.allowedIps)) {
    logEvent(actor, 'api-key.refused', { identifier });
    await recordRefusedUse(actor, credential);
    throw new AddressNotAllowed(actor.ip ?? 'unknown');
  }
  visitor.tools.keyUses.note(apiKey.id, visitor.now());
  const row = found.toViewer();
  return plan && row ? { ...actor, loaded: { plan, row } } : actor;
}

/** An unknown key is counted per address. A known key is accepted all the same, so that others behind the address can work. */
async function refuseUnknown(visitor: Visitor, reason: string): Promise<never> {
  logEvent(visitor, 'api-key.unknown', { reason });
  const spent = await visitor.tools.unknownKeys.spend(visitor.network);
  throw spent && !spent.isWithin ? reachLimit(visitor, 'unknownKeys', spent.resetSeconds) : new Unauthenticated();
}
