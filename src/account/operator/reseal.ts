import { SealError, seal, sealedPrefix, unseal } from '../../crypto/seal.ts';
import { listSealed, replaceSealed, type SealedRow, sealedColumns } from '../../db/statements/sealed.ts';
import type { Tools } from '../actor.ts';
import { noteKey } from '../key-check.ts';
import { secretOwner } from '../two-factor/pending.ts';

const rowsMax = 1_000;

/** What a change of `APP_KEY` leaves. */
export type Resealed = {
  /** Values that are sealed anew. */
  readonly resealed: number;
  /** Recovery tokens of earlier releases, which were hashed under a key: without it they are not accepted. */
  readonly keyedTokens: number;
  /** Sealed values that no key opens. */
  readonly unopened: number;
};

/**
 * Seals every value anew that is not sealed with the current key, in portions. What a server that has another current key seals
 * meanwhile is left.
 * @param onProgress is given the number of values that were read, after each portion.
 */
export async function reseal(tools: Tools, onProgress: (read: number) => void): Promise<Resealed> {
  const { db, keys } = tools;
  const count = { read: 0, resealed: 0, unopened: 0 };
  for (const column of sealedColumns) {
    for (let after = 0, isLast = false; !isLast; ) {
      const part = { now: tools.now(), prefix: sealedPrefix(keys), after, most: rowsMax };
      const rows = await listSealed(db, column, part);
      const opened = rows.flatMap((row) => resealRow(tools, row));
      // With a key that is not of this database, nothing is opened, and that key is not noted.
      if (opened.length > 0) await noteKey(db, keys);
      const replaced = opened.length === 0 ? 0 : await replaceSealed(db, column, opened);
      count.read += rows.length;
      count.resealed += replaced;
      count.unopened += rows.length - opened.length;
      after = rows.at(-1)?.id ?? after;
      isLast = rows.length < rowsMax;
      if (!isLast) onProgress(count.read);
    }
  }
  const keyedTokens = await db.recoveryToken.count({ where: { keyed: true } });
  return { resealed: count.resealed, unopened: count.unopened, keyedTokens };
}

/** None where no key opens the value. */
function resealRow({ keys }: Tools, row: SealedRow): (SealedRow & { readonly resealed: string })[] {
  const owner = secretOwner(row.accountId);
  try {
    return [{ ...row, resealed: seal(keys, owner, unseal(keys, owner, row.sealed)) }];
  } catch (error) {
    if (error instanceof SealError) return [];
    throw error;
  }
}
