import { type Database, isUniqueViolation } from '../../db/database.ts';
import { type FoldedEmail, listUnsettledEmails } from '../../db/statements/accounts.ts';
import { foldEmail } from './fold.ts';

/** The fold of an address that an older account has: no address has a colon outside of quotes, so that it is of no login. */
const duplicate = 'duplicate:';
const pageLength = 1_000;

/**
 * Folds anew the e-mail addresses that an earlier release folded in another way: their hosts in ASCII. Where two accounts then
 * have one address, the older signs in with it, and the newer with its username alone, until one of them is changed.
 * @returns a sentence for the operator for each two accounts with one address.
 */
export async function refoldEmails(db: Database): Promise<string[]> {
  const warnings: string[] = [];
  for (let after = 0; ; ) {
    const page = await listUnsettledEmails(db, after, pageLength);
    for (const row of page) warnings.push(...(await refold(db, row)));
    after = page.at(-1)?.id ?? 0;
    if (page.length < pageLength) return warnings;
  }
}

async function refold(db: Database, row: FoldedEmail): Promise<string[]> {
  const emailFolded = foldEmail(row.email);
  if (emailFolded === row.emailFolded) return [];
  const select = { id: true, username: true, email: true, emailFolded: true, createdAt: true } as const;
  const holder = await db.account.findFirst({ where: { emailFolded }, select });
  if (!holder) {
    await setFold(db, row, emailFolded);
    return [];
  }
  // One that was a duplicate before does not take the address from an account that was given it since.
  const isRowOlder = row.createdAt < holder.createdAt && !row.emailFolded.startsWith(duplicate);
  const [older, newer] = isRowOlder ? [row, holder] : [holder, row];
  await setFold(db, newer, `${duplicate}${newer.id}:${emailFolded}`);
  await setFold(db, older, emailFolded);
  return [
    `The accounts ${older.username} and ${newer.username} have one e-mail address in two spellings, ${older.email} and ${newer.email}. ${older.username}, which is older, signs in with it; ${newer.username} signs in with the username only.`,
  ];
}

/** Not where the account or the address was changed meanwhile: the next start folds it. */
async function setFold(db: Database, { id, emailFolded: before }: FoldedEmail, emailFolded: string): Promise<void> {
  await db.account.updateMany({ where: { id, emailFolded: before }, data: { emailFolded } }).catch((error) => {
    if (!isUniqueViolation(error)) throw error;
  });
}
