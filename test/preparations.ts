import { randomBytes } from 'node:crypto';
import type { Actor, Visitor } from '../src/account/actor.ts';
import { startChallenge } from '../src/account/sessions/challenge.ts';
import { getTwoFactorSetup } from '../src/account/two-factor/setup.ts';
import { enableTwoFactor } from '../src/account/two-factor/two-factor.ts';
import { sqlOf } from '../src/db/sql.ts';
import { codeFor, type Person, type TestGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

/** @property actor a credential of the account: where the operation requires one, the one that it is run with. */
export type Bench = { readonly gateway: TestGateway; readonly person: Person; readonly visitor: Visitor; readonly actor: Actor };

/** Prepares an account for an operation. @returns the input of the operation. */
export type Prepare = (bench: Bench) => Promise<object> | object;

const releases: (() => void)[] = [];

/** Fills the queue in which passwords are hashed, until `emptyQueue` is called. */
export const whileQueueIsFull = (input: Prepare) => async (bench: Bench) => {
  const prepared = await input(bench);
  const held = Promise.withResolvers<void>();
  releases.push(held.resolve);
  for (let piece = 0; piece < 1_000; piece += 1) bench.gateway.tools.hashing.run(() => held.promise).catch(() => undefined);
  return prepared;
};

export function emptyQueue(): void {
  for (const release of releases.splice(0)) release();
}

async function setUp({ gateway, actor }: Bench): Promise<{ secret: string; code: string }> {
  const { secret } = await getTwoFactorSetup(actor);
  return { secret, code: codeFor(secret, gateway.clock.now()) };
}

/** Two-factor authentication that awaits its confirmation. */
export const confirmation = async (bench: Bench) => ({ code: (await setUp(bench)).code, password: bench.person.password });

/** Enables two-factor authentication. The next code of the authenticator is another one. */
export async function enable(bench: Bench): Promise<{ secret: string; recoveryTokens: string[] }> {
  const { person, gateway, actor } = bench;
  const { secret, code } = await setUp(bench);
  const { recoveryTokens } = await enableTwoFactor.run(actor, { code, password: person.password });
  gateway.clock.advance(60);
  return { secret, recoveryTokens };
}

export const whenEnabled = (input: Prepare) => async (bench: Bench) => {
  await enable(bench);
  return input(bench);
};

export const confirmationAgain = async (bench: Bench) => {
  const { secret } = await enable(bench);
  return { code: codeFor(secret, bench.gateway.clock.now()), password: bench.person.password };
};

/** A challenge that awaits its second factor, and an answer to it. */
export const challenge = (answer: (enabled: { secret: string; recoveryTokens: string[] }, now: Date) => object) => async (bench: Bench) => {
  const { gateway, person, visitor } = bench;
  const enabled = await enable(bench);
  const started = await gateway.db.$transaction((transaction) => startChallenge(sqlOf(transaction), visitor, person.id, person.username));
  return { challenge: started.challenge, answer: answer(enabled, gateway.clock.now()) };
};

/** Marks the present code of the authenticator as used. */
export const afterUse = (input: Prepare) => async (bench: Bench) => {
  const prepared = await input(bench);
  const { db, clock } = bench.gateway;
  const lastStep = Math.floor(clock.now().getTime() / 30_000);
  await db.twoFactor.update({ where: { accountId: bench.person.id }, data: { lastStep } });
  return prepared;
};

/** Inserts a row for the account or another one. @returns the input that identifies the row. */
type Insert = (bench: Bench, accountId?: number) => Promise<object>;

export const insertSession: Insert = async ({ gateway, person }, accountId = person.id) => {
  const now = gateway.clock.now();
  const expiresAt = new Date(now.getTime() + 3_600_000);
  const data = { accountId, tokenHash: randomBytes(32), createdAt: now, lastSeenAt: now, expiresAt };
  return gateway.db.session.create({ data, select: { id: true } });
};

export const insertApiKey: Insert = ({ gateway, person }, accountId = person.id) => {
  const identifier = `ptlc_${randomBytes(6).toString('hex').slice(1)}`;
  const data = { accountId, identifier, secretHash: Buffer.alloc(32), description: 'x', createdAt: gateway.clock.now() };
  return gateway.db.apiKey.create({ data, select: { identifier: true } });
};

export const insertSshKey: Insert = ({ gateway, person }, accountId = person.id) => {
  const fingerprint = randomBytes(32).toString('base64').slice(0, 43);
  const data = { accountId, fingerprint, name: 'x', publicKey: makeSshLine(), createdAt: gateway.clock.now() };
  return gateway.db.sshKey.create({ data, select: { fingerprint: true } });
};

export const ofAnother = (insert: Insert) => async (bench: Bench) => insert(bench, (await bench.gateway.createPerson()).id);

export const after = (insert: Insert, times: number, input: object) => async (bench: Bench) => {
  for (let time = 0; time < times; time += 1) await insert(bench);
  return input;
};
