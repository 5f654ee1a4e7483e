import { Prisma } from '../../generated/prisma/client.ts';
import type { Database } from '../database.ts';

const kindsMax = 100;

/** The expression of the index, character for character. */
const kindOfHash = Prisma.raw(String.raw`substring(password_hash from '^\$(?:2[aby]\$\d\d|argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+)')`);

/** A kind of hashes, and its share of the accounts: a number in proportion, at least 1. */
export type HashKind = { readonly kind: string; readonly share: number };

/**
 * Lists the kinds of the hashes of all accounts: algorithm and cost. It steps from one kind to the next on the index
 * `accounts_hash_kind`, and estimates their shares from a sample of some ten thousand accounts.
 */
export function listHashKinds(db: Database): Promise<HashKind[]> {
  return db.$queryRaw`
    WITH RECURSIVE kinds (kind) AS (
      (SELECT ${kindOfHash} FROM accounts ORDER BY ${kindOfHash} LIMIT 1)
      UNION ALL
      SELECT (SELECT ${kindOfHash} FROM accounts WHERE ${kindOfHash} > kinds.kind ORDER BY ${kindOfHash} LIMIT 1)
      FROM kinds WHERE kinds.kind IS NOT NULL
    ), sample AS (
      SELECT ${kindOfHash} AS kind, count(*)::int AS accounts
      FROM accounts TABLESAMPLE SYSTEM ((SELECT least(100, 1000000 / greatest(reltuples, 1)) FROM pg_class WHERE oid = 'accounts'::regclass))
      GROUP BY 1
    ) SELECT kinds.kind, 1 + coalesce(accounts, 0) AS share FROM kinds LEFT JOIN sample ON sample.kind = kinds.kind
    WHERE kinds.kind IS NOT NULL ORDER BY kinds.kind LIMIT ${kindsMax}`;
}
