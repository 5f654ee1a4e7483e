import { isSigned, randomId, sign } from '../../crypto/token.ts';
import type { Transaction } from '../../db/database.ts';
import type { Visitor } from '../actor.ts';

/** What a browser keeps from a complete sign-in. It opens nothing: it gives the browser guesses of its own. */
export type Device = { readonly token: string; readonly expiresAt: Date };

/** An account, and the number that its devices are signed with. */
type DeviceOwner = { readonly id: number; readonly deviceGeneration: number };

const deviceDays = 180;
const idBytes = 16;
const timeBytes = 4;
const markBytes = idBytes + timeBytes + 32;
const markCharacters = Math.ceil((markBytes * 4) / 3);
/** One browser can be used by several accounts: a token has a mark for each of the last five. */
const marksMax = 5;
const separator = '.';

/** The id of the browser, where its token has a mark of the account that is neither too old nor ended; null otherwise. */
export function findDevice(visitor: Visitor, owner: DeviceOwner): string | null {
  const mark = listMarks(visitor).find((one) => isMarkOf(visitor, owner, one));
  return mark === undefined ? null : idOf(mark);
}

/**
 * Creates the token after a complete sign-in. A browser that is known keeps its id, so that a copy of its token shares its
 * guesses. The marks of other accounts stay.
 */
export function createDevice(visitor: Visitor, owner: DeviceOwner): Device {
  const { tools, now } = visitor;
  const known = findDevice(visitor, owner);
  const id = known === null ? randomId(idBytes) : Buffer.from(known, 'base64url');
  const time = Buffer.alloc(timeBytes);
  time.writeUInt32BE(Math.floor(now().getTime() / 1000));
  const body = Buffer.concat([id, time]);
  const mark = Buffer.concat([body, sign(tools.keys, describeOwner(owner), body)]).toString('base64url');
  const others = listMarks(visitor).filter((one) => !isMarkOf(visitor, owner, one));
  const expiresAt = new Date(now().getTime() + deviceDays * 86_400_000);
  return { token: [mark, ...others].slice(0, marksMax).join(separator), expiresAt };
}

/** Ends every device of an account: its browsers are unknown from then on. @returns the new number to sign with. */
export async function endDevices(transaction: Transaction, accountId: number): Promise<DeviceOwner> {
  const data = { deviceGeneration: { increment: 1 } };
  return transaction.account.update({ where: { id: accountId }, data, select: { id: true, deviceGeneration: true } });
}

/** The marks of the token, of a bounded number. */
function listMarks({ deviceToken }: Visitor): string[] {
  if (deviceToken === null || deviceToken.length > marksMax * (markCharacters + 1)) return [];
  return deviceToken.split(separator, marksMax).filter(({ length }) => length === markCharacters);
}

function isMarkOf({ tools, now }: Visitor, owner: DeviceOwner, mark: string): boolean {
  const bytes = Buffer.from(mark, 'base64url');
  if (bytes.length !== markBytes) return false;
  const body = bytes.subarray(0, idBytes + timeBytes);
  const endsAt = (body.readUInt32BE(idBytes) + deviceDays * 86_400) * 1000;
  return endsAt > now().getTime() && isSigned(tools.keys, describeOwner(owner), body, bytes.subarray(body.length));
}

function idOf(mark: string): string {
  return Buffer.from(mark, 'base64url').subarray(0, idBytes).toString('base64url');
}

function describeOwner({ id, deviceGeneration }: DeviceOwner): string {
  return `account ${id}, generation ${deviceGeneration}`;
}
