import type { Transaction } from '../db/database.ts';
import type { Viewer } from './viewer.ts';

/** Ends every session of the account but the viewer's own; API keys stay. */
export async function endOtherSessions(transaction: Transaction, viewer: Pick<Viewer, 'accountId' | 'sessionId'>): Promise<number> {
  const { accountId, sessionId } = viewer;
  const { count } = await transaction.session.deleteMany({
    where: { accountId, ...(sessionId === null ? {} : { id: { not: sessionId } }) },
  });
  return count;
}
