import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { planViewer, type ViewerPart } from '../src/account/viewer.ts';
import { findApiKeyCredential, readViewerRow } from '../src/db/statements/viewer.ts';
import { startGateway } from './harness.ts';

const { db, tools } = await startGateway();
const parts: readonly ViewerPart[] = ['profile', 'twoFactor', 'apiKeys', 'sshKeys', 'sessions'];
const times = { now: new Date('2026-03-01T12:00:00Z'), idleSince: new Date('2026-03-01T00:00:00Z') };
/** Lists that are shorter than some of what is written. */
const bounds = { ...times, apiKeys: 2, sshKeys: 11, sessions: 12 };
const select = {
  profile: { uuid: true, username: true, email: true, firstName: true, lastName: true, language: true, admin: true, createdAt: true },
  twoFactor: { twoFactor: { select: { secret: true } } },
  apiKeys: {
    apiKeys: {
      select: { id: true, identifier: true, description: true, allowedIps: true, lastUsedAt: true, createdAt: true },
      orderBy: { id: 'asc' },
      take: bounds.apiKeys,
    },
  },
  sshKeys: {
    sshKeys: {
      select: { id: true, name: true, fingerprint: true, publicKey: true, createdAt: true },
      orderBy: { id: 'asc' },
      take: bounds.sshKeys,
    },
  },
  sessions: {
    sessions: {
      select: { id: true, ip: true, userAgent: true, createdAt: true, lastSeenAt: true, expiresAt: true },
      where: { expiresAt: { gt: times.now }, lastSeenAt: { gt: times.idleSince } },
      orderBy: { id: 'asc' },
      take: bounds.sessions,
    },
  },
} as const;

const pick = <Value>(...values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)] as Value;
const words = () =>
  pick('x', 'Ünïcode', '"quoted" \\ back', 'a\tb\nc', '😀', ' ', '{}', 'null', '</script>', '\u2028', 'e\u0301', '\u0001');
const time = () =>
  new Date(
    pick(
      '2026-03-01T11:59:59.999Z',
      '2026-03-01T12:00:00Z',
      '2026-03-01T12:00:00.100Z',
      '2026-12-31T23:59:59.010Z',
      '1999-01-01T00:00:00Z',
    ),
  );
const several = <Row>(make: () => Row): Row[] => Array.from({ length: pick(0, 1, 3, 12) }, make);

/** Writes an account with any values that the columns can hold. */
async function createAnyAccount(): Promise<number> {
  const name = randomUUID();
  const { id } = await db.account.create({
    data: {
      username: name,
      usernameFolded: name,
      email: `${name}@example.com`,
      emailFolded: `${name}@example.com`,
      firstName: pick(null, words()),
      lastName: pick(null, words()),
      language: pick('en', 'de_AT'),
      admin: pick(true, false),
      passwordHash: 'none',
      createdAt: time(),
      ...pick({}, { twoFactor: { create: { secret: pick(null, 'sealed') } } }),
      apiKeys: {
        create: several(() => ({
          identifier: `ptlc_${randomBytes(20).toString('hex').slice(0, 11)}`,
          secretHash: randomBytes(32),
          description: words(),
          allowedIps: pick([], ['192.0.2.1'], ['2001:db8::/32', '::1']),
          lastUsedAt: pick(null, time()),
          expiresAt: pick(null, time()),
          createdAt: time(),
        })),
      },
      sshKeys: {
        create: several(() => ({
          name: words(),
          fingerprint: randomBytes(32).toString('base64').slice(0, 43),
          publicKey: words(),
          createdAt: time(),
        })),
      },
      sessions: {
        create: several(() => ({
          tokenHash: randomBytes(32),
          ip: pick(null, '2001:db8::1'),
          userAgent: pick(null, words()),
          createdAt: time(),
          lastSeenAt: time(),
          expiresAt: time(),
        })),
      },
    },
  });
  await db.$executeRaw`UPDATE api_keys SET allowed_ips = NULL WHERE account_id = ${id} AND random() < 0.2`;
  return id;
}

const withoutMark = (value: object) => JSON.parse(JSON.stringify(value, (key, one) => (key === 'isLoaded' ? undefined : one)));

test('the statement of a viewer gives what Prisma gives, for any parts of any account', async () => {
  for (let n = 0; n < 60; n += 1) {
    const id = await createAnyAccount();
    const chosen = parts.filter(() => Math.random() < 0.6);
    const viewer = await readViewerRow(tools.sql, id, planViewer(new Set(chosen)), bounds);
    const selected = Object.assign({ id: true }, ...chosen.map((part) => select[part]));
    const expected = await db.account.findUniqueOrThrow({ where: { id }, select: selected });
    expect(withoutMark(viewer ?? {}), chosen.join()).toMatchObject(withoutMark(expected));
    const [key] = await db.apiKey.findMany({ where: { accountId: id }, take: 1 });
    if (!key) continue;
    const { secretHash, allowedIps, expiresAt, accountId, familyId, madeInSessionId } = key;
    for (const plan of [null, planViewer(new Set(chosen))]) {
      const found = await findApiKeyCredential(tools.sql, key.identifier, plan && { plan, bounds });
      const families = { familyId, madeInSessionId };
      const credential = { id: key.id, accountId, allowedIps, expiresAt, secretHash: Buffer.from(secretHash), ...families };
      expect([found?.key, found?.toViewer()]).toEqual([credential, plan && viewer]);
    }
  }
});

test('the statement of a viewer finds no account and no API key that does not exist', async () => {
  const plan = planViewer(new Set(parts));
  expect(await readViewerRow(tools.sql, 2_147_483_647, plan, bounds)).toBeNull();
  expect(await findApiKeyCredential(tools.sql, 'ptlc_none', null)).toBeNull();
  expect(await findApiKeyCredential(tools.sql, 'ptlc_none', { plan, bounds })).toBeNull();
});
