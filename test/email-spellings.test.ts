import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { openTools, silentLog } from '../src/server/tools.ts';
import { startGateway } from './harness.ts';
import { createEmptyDatabase, createKey } from './processes.ts';

const gateway = await startGateway({ env: { LIMIT_EMAIL_CHANGES_PER_DAY: '0', LIMIT_SIGN_INS_PER_MINUTE: '0' } });
type Person = Awaited<ReturnType<typeof gateway.createPerson>>;

const changeByRest = async (person: Person, email: string) => {
  const answer = await gateway.rest('PUT', '/account/email', { ...person, body: { email, password: person.password } });
  return answer.status === 204 ? 'changed' : answer.body.errors[0].meta.rule;
};
const changeByGraphql = async (person: Person, email: string) => {
  const answer = await gateway.mutate('updateEmail', { email, password: person.password }, 'viewer { id }', person);
  return answer.__typename === 'UpdateEmailPayload' ? 'changed' : answer.issues[0].rule;
};
const apis = [changeByRest, changeByGraphql];

async function signIn(login: string, password: string): Promise<string> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { __typename } }';
  return (await gateway.graphql(query, { input: { login, password } })).data.signIn.__typename;
}

const local = () => `m${randomUUID().replaceAll('-', '')}`;

describe('the spellings of an internationalized address', () => {
  test('are one mailbox: each signs in, and no other account can have one', async () => {
    for (const change of apis) {
      const [owner, person] = [await gateway.createPerson(), await gateway.createPerson()];
      const name = local();
      const spellings = [`${name}@münchen.example`, `${name}@xn--mnchen-3ya.example`, `${name.toUpperCase()}@MÜNCHEN.example`];
      spellings.push(`${name}@mu\u0308nchen.example`, `${name}@XN--MNCHEN-3YA.example`, `${name}@ｍünchen.example`);
      for (const kept of spellings.slice(0, 2)) {
        expect(await change(owner, kept)).toBe('changed');
        for (const spelling of spellings) {
          expect(await signIn(spelling, owner.password), spelling).toBe('SignInPayload');
          expect(await change(person, spelling), spelling).toMatch(/unique/);
        }
        expect((await gateway.rest('GET', '/account', owner)).body.attributes.email).toBe(kept);
      }
    }
  });

  test('differ from a host in other letters', async () => {
    const [owner, person] = [await gateway.createPerson(), await gateway.createPerson()];
    const name = local();
    expect(await changeByRest(owner, `${name}@straße.example`)).toBe('changed');
    expect(await changeByRest(person, `${name}@strasse.example`)).toBe('changed');
  });
});

describe('an address with letters outside of ASCII before its host', () => {
  // Accounts with the two spellings were two: J and a caron have no composed form, which their small letters have.
  test.each([
    ['composed in lower case only', 'J\u030c', '\u01f0'],
    ['decomposed in lower case', '\u01f0', 'j\u030c'],
    ['with a sigma at the end', 'ΟΔΟΣ', 'οδοσ'],
    ['with the other sigma at the end', 'οδοσ', 'οδος'],
  ])('is one mailbox %s', async (_case, kept, other) => {
    for (const change of apis) {
      const [owner, person] = [await gateway.createPerson(), await gateway.createPerson()];
      const host = `${local()}.example`;
      expect(await change(owner, `${kept}@${host}`)).toBe('changed');
      expect(await change(person, `${other}@${host}`)).toMatch(/unique/);
      expect(await signIn(`${other}@${host}`, owner.password)).toBe('SignInPayload');
    }
  });

  test('differs from one whose host has the other sigma', async () => {
    const [owner, person] = [await gateway.createPerson(), await gateway.createPerson()];
    const name = local();
    expect(await changeByRest(owner, `${name}@οδος.example`)).toBe('changed');
    expect(await changeByRest(person, `${name}@οδοσ.example`)).toBe('changed');
  });
});

describe('an address in brackets', () => {
  test.each([
    ['[127.0.0.1]', true],
    ['[IPv6:2001:db8::1]', true],
    ['[ipv6:2001:DB8:0::1]', true],
    ['[2001:db8::1]', false],
    ['[IPv6:127.0.0.1]', false],
    ['[IPv6:2001:db8::1%eth0]', false],
    ['[127.1]', false],
    ['[256.0.0.1]', false],
    ['[]', false],
    ['[IPv6:]', false],
    ['[example.com]', false],
  ])('%s is a host: %j, in both APIs', async (host, isHost) => {
    for (const change of apis) expect(await change(await gateway.createPerson(), `${local()}@${host}`)).toBe(isHost ? 'changed' : 'email');
  });

  test('is one mailbox in each spelling of the address', async () => {
    const [owner, person] = [await gateway.createPerson(), await gateway.createPerson()];
    const name = local();
    expect(await changeByRest(owner, `${name}@[IPv6:2001:db8::1]`)).toBe('changed');
    expect(await changeByRest(person, `${name}@[ipv6:2001:0DB8:0:0::1]`)).toBe('unique');
    expect(await signIn(`${name}@[IPV6:2001:db8:0::1]`, owner.password)).toBe('SignInPayload');
  });
});

test.each([
  ['a local part of 64 octets', `${'a'.repeat(64)}@example.com`, true],
  ['a local part of 65 octets', `${'a'.repeat(65)}@example.com`, false],
  ['a local part of 66 octets in 33 letters', `${'é'.repeat(33)}@example.com`, false],
  ['a quoted local part of 65 octets', `"${'a'.repeat(63)}"@example.com`, false],
  ['a label of 63 octets', `a@${'b'.repeat(63)}.example`, true],
  ['a label of 64 octets', `a@${'b'.repeat(64)}.example`, false],
  ['a label that has 66 octets in ASCII', `a@${'ü'.repeat(60)}ab.example`, false],
  ['an invisible character in the local part', 'a\u034fb@example.com', false],
  ['an invisible character in the host', 'a@exa\u200bmple.com', false],
])('the length of an address is limited by its parts: %s', async (_name, email, isAddress) => {
  for (const change of apis) {
    const person = await gateway.createPerson();
    expect(await change(person, email)).toBe(isAddress ? 'changed' : 'email');
    if (isAddress) await change(person, person.email);
  }
});

test('an authenticator shows the username where the address has a colon or is too long for a QR code', async () => {
  const person = await gateway.createPerson();
  const longest = `${'é'.repeat(30)}@${'ü'.repeat(50)}.${'ü'.repeat(50)}.${'ü'.repeat(50)}.example`;
  for (const email of [`${local()}@[IPv6:2001:db8::1]`, `"a:${local()}"@example.com`]) {
    expect(await changeByGraphql(person, email)).toBe('changed');
    const { uri, qrCode } = (await gateway.graphql('{ viewer { twoFactorSetup { uri qrCode } } }', {}, person)).data.viewer.twoFactorSetup;
    expect(uri).toContain(`otpauth://totp/Account%20Gateway:${person.username}?`);
    expect(qrCode).toMatch(/^data:image\/png;base64,/);
  }
  expect(await changeByGraphql(person, longest)).toBe('changed');
  const { qrCode } = (await gateway.graphql('{ viewer { twoFactorSetup { qrCode } } }', {}, person)).data.viewer.twoFactorSetup;
  expect(qrCode).toMatch(/^data:image\/png;base64,/);
});

describe('invisible characters', () => {
  const around = ['\u200b', '\ufeff', '\u2060', '\u00a0', '\u3000', '\u2800', '\u3164', '\u00ad', '\u200e', '\t', '\u0000'];

  test('around a login are not part of it', async () => {
    const person = await gateway.createPerson();
    for (const character of around) {
      expect(await signIn(`${character}${person.username}${character}`, person.password)).toBe('SignInPayload');
      expect(await signIn(`${character} ${person.email} ${character}`, person.password)).toBe('SignInPayload');
    }
  });

  test('are no name, in both APIs', async () => {
    const person = await gateway.createPerson();
    for (const name of [...around, around.join(''), '\u200d\ufe0f']) {
      const rest = await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: name } });
      expect([rest.status, rest.body.errors[0].meta.rule]).toEqual([422, 'required']);
      const created = await gateway.mutate('createApiKey', { description: name }, 'apiKey { id }', person);
      expect(created.issues).toEqual([{ field: 'description', rule: 'required' }]);
    }
    await expect(gateway.createPerson({ firstName: '\u200b\u2060' })).rejects.toMatchObject({
      issues: [{ field: 'firstName', rule: 'required' }],
    });
    const emoji = await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: '❤\ufe0f' } });
    expect(emoji.status).toBe(200);
  });
});

describe('a start folds the addresses of an earlier release anew', () => {
  /** Opens the database as the server does. */
  async function open(url: string, key: string) {
    return openTools(readConfig({ DATABASE_URL: url, APP_KEY: key }), silentLog);
  }

  test('so that the older of two accounts keeps one address, and the start names both until it is changed', async () => {
    const [url, key] = [await createEmptyDatabase(), createKey()];
    const first = await open(url, key);
    expect(first.warnings).toEqual([]);
    const insert = (username: string, email: string, emailFolded: string, day: number) => {
      const data = {
        username,
        usernameFolded: username,
        email,
        emailFolded,
        passwordHash: 'x',
        createdAt: new Date(Date.UTC(2026, 0, day)),
      };
      return first.tools.db.account.create({ data });
    };
    await insert('alone', 'C@münchen.example', 'c@münchen.example', 1);
    await insert('older', 'A@München.example', 'a@münchen.example', 2);
    await insert('newer', 'a@xn--mnchen-3ya.example', 'a@xn--mnchen-3ya.example', 3);
    await insert('elder', 'b@xn--mnchen-3ya.example', 'b@xn--mnchen-3ya.example', 4);
    await insert('later', 'b@münchen.example', 'b@münchen.example', 5);
    await insert('other', 'jürgen@example.com', 'jürgen@example.com', 6);
    await first.close();
    const folds = async (tools: Awaited<ReturnType<typeof open>>) => {
      const rows = await tools.tools.db.account.findMany({ orderBy: { createdAt: 'asc' }, select: { username: true, emailFolded: true } });
      return Object.fromEntries(rows.map(({ username, emailFolded }) => [username, emailFolded.replace(/(?<=^duplicate:)\d+/, 'id')]));
    };
    const settled = {
      alone: 'c@xn--mnchen-3ya.example',
      older: 'a@xn--mnchen-3ya.example',
      newer: 'duplicate:id:a@xn--mnchen-3ya.example',
      elder: 'b@xn--mnchen-3ya.example',
      later: 'duplicate:id:b@xn--mnchen-3ya.example',
      other: 'jürgen@example.com',
    };
    for (let start = 0; start < 2; start += 1) {
      const opened = await open(url, key);
      expect([start, await folds(opened)]).toEqual([start, settled]);
      expect(opened.warnings).toEqual([
        expect.stringMatching(/^The accounts older and newer have one e-mail address .* older, which is older, signs in with it;/),
        expect.stringMatching(/^The accounts elder and later have one e-mail address .* later signs in with the username only\.$/),
      ]);
      await opened.close();
    }
    const third = await open(url, key);
    await third.tools.db.account.update({ where: { usernameFolded: 'older' }, data: { email: 'x@e.example', emailFolded: 'x@e.example' } });
    await third.close();
    const fourth = await open(url, key);
    expect(await folds(fourth)).toMatchObject({ newer: 'a@xn--mnchen-3ya.example', later: settled.later });
    expect(fourth.warnings).toHaveLength(1);
    await fourth.close();
  });
});
