import { expect, test } from 'vitest';
import { createBrowser } from './browser.ts';
import { runHere } from './commands.ts';
import { codeFor, startGateway } from './harness.ts';
import { createEmptyDatabase, createKey } from './processes.ts';
import { noteLine, noteSecrets, takeLoggedSecrets } from './secrets.ts';

// Every file ends with a search of its logs for the secrets that it used. These tests show that the search finds them.

/** What is found where each of the secrets is logged. */
function findLogged(secrets: readonly string[]): string[] {
  for (const secret of secrets) noteLine(`{"msg":"before ${secret} after"}`);
  return takeLoggedSecrets().map(({ secret }) => secret);
}

test('a secret of a request or of an answer is found in a log', async () => {
  const gateway = await startGateway();
  const person = await gateway.createPerson({ password: 'long enough, with a comma' });
  const authenticator = await gateway.enableTwoFactor(person);
  const browser = createBrowser(gateway);
  const { challenge } = await browser.signIn(person.username, person.password);
  gateway.clock.advance(60);
  await browser.complete(challenge, { code: codeFor(authenticator.secret, gateway.clock.now()) });
  await browser.guess('not the password of it');
  const cookies = [...browser.cookies.values()];
  expect(cookies).toHaveLength(2);
  const { secret, tokens } = authenticator;
  const used = [person.password, person.token.slice(16), secret, ...tokens, challenge, ...cookies, 'not the password of it'];
  expect(findLogged(used)).toEqual(expect.arrayContaining(used));
});

test('a secret that a command printed or read is found in a log', async () => {
  const key = createKey();
  const env = { DATABASE_URL: await createEmptyDatabase(), APP_KEY: key };
  const create = (username: string) => ['account', 'create', '--username', username, '--email', `${username}@example.com`];
  const printed = await runHere(create('ada'), env);
  const [, password = ''] = /shown once: (\S+)/.exec(printed.stdout) ?? [];
  await runHere([...create('bob'), '--password-stdin'], env, 'read from stdin 7\n');
  const made = JSON.parse((await runHere(['api-key', 'create', '--username', 'ada', '--description', 'x', '--json'], env)).stdout);
  const used = [password, 'read from stdin 7', made.token.slice(16), key.replace('base64:', '')];
  expect(findLogged(used)).toEqual(expect.arrayContaining(used));
});

test('the lines of a gateway are searched', async () => {
  const gateway = await startGateway();
  noteSecrets('an id that is logged'.replaceAll(' ', '-'));
  await gateway.rest('GET', '/account', { headers: { 'x-request-id': 'an-id-that-is-logged' } });
  expect(takeLoggedSecrets()).toEqual([{ secret: 'an-id-that-is-logged', line: expect.stringContaining('"msg":"request"') }]);
});
