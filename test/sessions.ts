import { randomBytes } from 'node:crypto';
import type { Person, TestGateway } from './harness.ts';

/** Inserts a session of a person, as a sign-in from another browser does. */
export async function insertSession(gateway: Pick<TestGateway, 'db' | 'clock'>, person: Pick<Person, 'id'>): Promise<void> {
  const now = gateway.clock.now();
  const expiresAt = new Date(now.getTime() + 3_600_000);
  await gateway.db.session.create({
    data: { accountId: person.id, tokenHash: randomBytes(32), createdAt: now, lastSeenAt: now, expiresAt },
  });
}
