import { describe, expect, test } from 'vitest';
import { createCookie } from '../src/auth/cookie.ts';
import { startGateway, type TestGateway } from './harness.ts';

const gateway = await startGateway();
const query = '{ viewer { profile { username } } }';
const https = await startGateway({ env: { APP_URL: 'https://accounts.example.com' }, db: gateway.db, keys: gateway.tools.keys });

const document = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';

/** Signs in and answers the cookie, as `name=token`. */
async function signIn(to: TestGateway, { username, password }: { username: string; password: string }): Promise<string> {
  const { headers } = await to.graphql(document, { input: { login: username, password } });
  const cookies = headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  return cookies.find((one) => one.includes('gateway_session')) ?? '';
}

/** What both APIs answer to a Cookie header: the username, or the status of the refusal. */
async function readWith(to: TestGateway, cookie: string) {
  const graph = await to.graphql(query, {}, { headers: { cookie } });
  const rest = await to.rest('GET', '/account', { headers: { cookie } });
  return [graph.data?.viewer?.profile.username ?? graph.status, rest.body.attributes?.username ?? rest.status];
}

describe('a cookie', () => {
  test.each([
    ['http://127.0.0.1:4000', 'gateway_session_4000'],
    ['http://accounts.example.com', 'gateway_session'],
    ['http://accounts.example.com:80', 'gateway_session'],
    ['https://accounts.example.com', '__Host-gateway_session'],
    ['https://accounts.example.com:443', '__Host-gateway_session'],
    ['https://accounts.example.com:8443', '__Host-gateway_session_8443'],
  ])("has a port in its name that is not the scheme's own: %s", (url, name) => {
    expect(createCookie('gateway_session', new URL(url), false).write('x', new Date(0))).toMatch(new RegExp(`^${name}=x; `));
  });

  test('of another gateway on the host does not end a session', async () => {
    const other = await startGateway({ env: { PORT: '4001' }, db: gateway.db, keys: gateway.tools.keys });
    const [ada, bob] = [await gateway.createPerson(), await gateway.createPerson()];
    const both = `${await signIn(gateway, ada)}; ${await signIn(other, bob)}`;
    expect(await readWith(gateway, both)).toEqual([ada.username, ada.username]);
    expect(await readWith(other, both)).toEqual([bob.username, bob.username]);
  });

  test.each(['\u00a0', '\u2003', '\v', '\f', '\u0085', '\ufeff'])(
    'whose name follows another blank than space or tab is not read: %j',
    async (blank) => {
      const cookie = await signIn(https, await https.createPerson());
      expect(await readWith(https, `${blank}${cookie}`)).toEqual([200, 401]);
      expect(await readWith(https, `a=b;${blank}${cookie}`)).toEqual([200, 401]);
    },
  );

  test('is read with spaces and tabs around it', async () => {
    const person = await https.createPerson();
    expect(await readWith(https, `a=b; \t${await signIn(https, person)}\t ;c=d`)).toEqual([person.username, person.username]);
  });

  test('that is sent twice is refused: none of the two is chosen', async () => {
    const [ada, eve] = [await gateway.createPerson(), await gateway.createPerson()];
    const [mine, theirs] = [await signIn(gateway, ada), await signIn(gateway, eve)];
    for (const both of [`${mine}; ${theirs}`, `${theirs}; ${mine}`, `${mine}; ${mine}`, `${mine}; gateway_session_4000=`]) {
      expect(await readWith(gateway, both)).toEqual([401, 401]);
    }
    const { headers } = await gateway.graphql(query, {}, { headers: { cookie: `${mine}; ${theirs}` } });
    expect(headers.getSetCookie()).toEqual(['gateway_session_4000=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0']);
  });
});
