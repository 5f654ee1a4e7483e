import { expect, test } from 'vitest';
import { createApiKey } from '../src/account/api-keys/api-keys.ts';
import type { Credential } from '../src/account/credential.ts';
import { updateEmail } from '../src/account/profile/profile.ts';
import { Unauthenticated } from '../src/account/refusals.ts';
import { createBrowser } from './browser.ts';
import { startWithCommands } from './commands-store.ts';

const { gateway, db, cli, json, rowsOf } = await startWithCommands();

const signIn = async (login: string, password: string) => (await createBrowser(gateway).signIn(login, password)).__typename as string;
const statusOf = async (token: string) => (await gateway.rest('GET', '/account', { token })).status;

/** The credential of the API key of a person. */
async function credentialOf({ identifier }: { identifier: string }): Promise<Credential> {
  const { id } = await db.apiKey.findUniqueOrThrow({ where: { identifier } });
  return { kind: 'apiKey', id, identifier, allowedIps: [], familyId: id, madeInSessionId: null };
}

test('account disable refuses the password, the API keys, the sessions and a sign-in that awaits its code, until account enable', async () => {
  const [person, careful] = [await gateway.createPerson(), await gateway.createPerson()];
  const browser = createBrowser(gateway);
  await browser.signIn(person.username, person.password);
  const { tokens } = await gateway.enableTwoFactor(careful);
  const waiting = createBrowser(gateway);
  const { challenge } = await waiting.signIn(careful.username, careful.password);
  expect(await json(`account disable --username ${person.username}`)).toEqual({
    username: person.username,
    disabled: true,
    endedSessions: 1,
  });
  await json(`account disable --username ${careful.username}`);
  expect([await statusOf(person.token), (await browser.rest('GET', '/account')).status]).toEqual([401, 401]);
  expect((await waiting.complete(challenge, { recoveryToken: tokens[0] })).code).toBe('INVALID_CREDENTIALS');
  expect([await signIn(person.username, person.password), await signIn(person.email, 'wrong')]).toEqual([
    'InvalidCredentials',
    'InvalidCredentials',
  ]);
  await gateway.settle();
  const shown = await json(`account show --username ${person.username}`);
  expect([shown.disabled, shown.failures.length, shown.sessions]).toEqual([true, 2, 0]);
  const { stdout } = await cli(`account show --username ${person.username}`);
  expect(stdout).toMatch(/^sign-in +refused: the account is disabled: account enable$/m);
  const listed = (await cli('account list')).stdout.split('\n').find((line) => line.startsWith(person.username));
  expect(listed).toMatch(/ disabled$/);
  await json(`account disable --username ${person.username}`);
  expect(await json(`account enable --username ${person.username}`)).toEqual({ username: person.username, disabled: false });
  await json(`account enable --username ${person.username}`);
  expect([await statusOf(person.token), (await browser.rest('GET', '/account')).status]).toEqual([200, 401]);
  expect(await signIn(person.username, person.password)).toBe('SignInPayload');
  const events = (await rowsOf(person)).map(({ event }) => event);
  expect(events).toEqual(['user:api-key.create', 'user:account.disabled', 'user:account.enabled']);
});

test('the API keys and the logins of a disabled account get the answers of unknown ones, through both APIs', async () => {
  const person = await gateway.createPerson();
  await json(`account disable --username ${person.username}`);
  const unknown = `ptlc_${'0'.repeat(43)}`;
  const ask = async (token: string) => {
    const { status, text, headers } = await gateway.rest('GET', '/account', { token });
    const { status: graphqlStatus, errors } = await gateway.graphql('{ viewer { id } }', {}, { token });
    const code = errors?.[0]?.extensions['code'];
    return { status, text, authenticate: headers.get('www-authenticate'), limit: headers.get('x-ratelimit-limit'), graphqlStatus, code };
  };
  expect(await ask(person.token)).toEqual(await ask(unknown));
  const { identifier } = await json(`api-key create --username ${person.username} --description x --allowed-ip 192.0.2.7`);
  expect((await gateway.rest('GET', '/account', { token: identifier + '0'.repeat(32) })).status).toBe(401);
  const guess = async (login: string, password: string) => {
    const browser = createBrowser(gateway, '198.51.100.20');
    return [await browser.signIn(login, password), [...browser.cookies.keys()]];
  };
  for (let n = 0; n < 12; n += 1) {
    const [known, none] = [await guess(person.username, person.password), await guess('no-such-account', person.password)];
    expect(known).toEqual(none);
  }
});

test('account disable refuses a change whose credential was accepted before', async () => {
  const person = await gateway.createPerson();
  const admitted = { ...person.actor, credential: await credentialOf(person) };
  await json(`account disable --username ${person.username}`);
  await expect(createApiKey.run(admitted, { description: 'x' })).rejects.toThrow(Unauthenticated);
  const input = { email: 'late@example.com', password: person.password };
  await expect(updateEmail.run(admitted, input)).rejects.toThrow(Unauthenticated);
});

test('account disable ends the event streams of the account', async () => {
  const person = await gateway.createPerson();
  const watching = { accountId: person.id, credential: await credentialOf(person) };
  const stream = await gateway.tools.feed.watch(watching, null, new AbortController().signal);
  const next = stream.next();
  await json(`account disable --username ${person.username}`);
  await expect(next).rejects.toThrow(Unauthenticated);
});
