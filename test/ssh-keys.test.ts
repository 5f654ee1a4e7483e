import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Person, startGateway, type TestGateway } from './harness.ts';
import { makeSshLine } from './ssh-line.ts';

const gateway = await startGateway();

const addByRest = (person: Person, publicKey: unknown, at: TestGateway = gateway) =>
  at.rest('POST', '/account/ssh-keys', { ...person, body: { name: 'laptop', public_key: publicKey } });
const addByGraphql = (person: Person, publicKey: string, at: TestGateway = gateway) =>
  at.mutate('addSshKey', { name: 'laptop', publicKey }, 'sshKey { id name fingerprint publicKey }', person);
const removeByRest = async (person: Person, fingerprint: string) =>
  (await gateway.rest('POST', '/account/ssh-keys/remove', { ...person, body: { fingerprint } })).status;
const removeByGraphql = async (person: Person, fingerprint: string) =>
  (await gateway.mutate('removeSshKey', { fingerprint }, 'removedSshKeyId', person)).__typename;
const keysOf = (person: Person, at: TestGateway = gateway) => at.db.sshKey.findMany({ where: { accountId: person.id } });
const eventsOf = (person: Person) => gateway.db.activity.count({ where: { accountId: person.id, event: { startsWith: 'user:ssh-key' } } });

function fingerprintOf(line: string): string {
  const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  return createHash('sha256').update(blob).digest('base64').replace('=', '');
}

const line = makeSshLine();
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
const pem = { format: 'pem', type: 'spki' } as const;
const notValid = 'The public key provided is not valid.';

const privateKey = 'This is a private key. Replace it: it must no longer be used.';

/** Each fault with the panel's sentence, and the rule and the beginning of the sentence in GraphQL. */
const faults: [string, string, string, string, string][] = [
  ['garbage', 'ssh-ed25519 hodor', notValid, 'public_key', 'This is not an SSH public key in OpenSSH, PEM or RFC 4716 form. '],
  ['a private key', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), notValid, 'private_key', privateKey],
  ['a private key in PKCS #1', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(), notValid, 'private_key', privateKey],
  ['a certificate', lineOfType('ssh-ed25519-cert-v01@openssh.com'), notValid, 'certificate', 'This is a certificate. Use the public key'],
  ['another type', lineOfType('ssh-ed448'), notValid, 'key_type', 'Keys of the type "ssh-ed448" are'],
  ['two keys', `${line}\n${makeSshLine()}`, notValid, 'several_keys', 'This text has several keys. Use one key at a time.'],
  ['options before the key', `command="/bin/sh" ${line}`, notValid, 'key_options', 'Remove the options before the key'],
  ['a blob that is cut', line.slice(0, -8), notValid, 'public_key', 'This is not an SSH public key'],
  ['another label', line.replace('ssh-ed25519', 'ssh-rsa'), notValid, 'public_key', 'This is not an SSH public key'],
  ['a NUL within', line.replace('AAAA', 'AA\0AA'), notValid, 'regex', 'Remove NUL characters and unpaired surrogates'],
  ['a DSA key', dsa.publicKey.export(pem).toString(), 'DSA keys are not supported.', 'dsa', 'DSA keys are not supported. Use an Ed25519'],
  [
    'a short RSA key',
    rsa.publicKey.export(pem).toString(),
    'RSA keys must be at least 2048 bytes in length.',
    'weak_rsa',
    'This RSA key is too short. Use one of at least 2,048 bits, or an Ed25519 key.',
  ],
];

function lengthed(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

/** A line of another type of key, with its name only. */
function lineOfType(type: string): string {
  return `${type} ${Buffer.concat([Buffer.from([0, 0, 0, type.length]), Buffer.from(type)]).toString('base64')}`;
}

describe('an SSH key', () => {
  test.each(faults)('is refused for %s, with the sentence of each API', async (_fault, publicKey, detail, rule, sentence) => {
    const person = await gateway.createPerson();
    const rest = await addByRest(person, publicKey);
    expect(rest.status).toBe(422);
    if (rule !== 'regex') {
      expect(rest.body.errors).toEqual([
        { code: 'ValidationException', status: '422', detail, meta: { source_field: 'public_key', rule: '' } },
      ]);
    }
    const refused = await addByGraphql(person, publicKey);
    expect(refused).toMatchObject({ __typename: 'InvalidInput', issues: [{ field: 'publicKey', rule }] });
    expect(refused.message.slice(0, sentence.length)).toBe(sentence);
    expect([await keysOf(person), await eventsOf(person)]).toEqual([[], 0]);
  });

  test('never puts a private key into an answer, a row or the log', async () => {
    const lines: string[] = [];
    const { default: pino } = await import('pino');
    const logged = await startGateway({ log: pino({ level: 'trace' }, { write: (text: string) => void lines.push(text) }) });
    const person = await logged.createPerson();
    const secret = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const answers = [await addByRest(person, secret, logged), await addByGraphql(person, secret, logged)];
    const rows = await logged.db.activity.findMany({ where: { accountId: person.id } });
    const body = secret.split('\n')[3] ?? '';
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify([answers, rows, lines], (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(body);
  });

  test('is stored and shown without its comment, by both APIs', async () => {
    const person = await gateway.createPerson();
    const rest = (await addByRest(person, `  ${line} me@host, a comment\r\n`)).body.attributes;
    expect([rest.public_key, rest.fingerprint]).toEqual([line, `SHA256:${fingerprintOf(line)}`]);
    const other = makeSshLine();
    const added = await addByGraphql(person, `${other} comment`);
    expect(added.sshKey).toMatchObject({ publicKey: other, fingerprint: `SHA256:${fingerprintOf(other)}` });
    expect((await keysOf(person)).map(({ fingerprint }) => fingerprint).sort()).toEqual([line, other].map(fingerprintOf).sort());
  });

  test('that a security key holds is answered as its line, in both dialects and APIs', async () => {
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
    const type = 'sk-ssh-ed25519@openssh.com';
    const held = `${type} ${Buffer.concat([lengthed(type), blob.subarray(-36), lengthed('ssh:')]).toString('base64')}`;
    for (const [dialect, prefix] of [
      ['documented', 'SHA256:'],
      ['panel', ''],
    ] as const) {
      const at = await startGateway({ env: { REST_DIALECT: dialect } });
      const person = await at.createPerson();
      const added = await addByRest(person, `${held} me@yubikey`, at);
      expect(added.body.attributes).toMatchObject({ public_key: held, fingerprint: prefix + fingerprintOf(held) });
      const listed = await at.rest('GET', '/account/ssh-keys', person);
      expect(listed.body.data[0].attributes.public_key).toBe(held);
      const other = await at.createPerson();
      expect((await addByGraphql(other, held, at)).sshKey).toMatchObject({ publicKey: held, fingerprint: `SHA256:${fingerprintOf(held)}` });
    }
  });

  test('has a name of 1 to 191 characters', async () => {
    const person = await gateway.createPerson();
    for (const [name, rule] of [
      ['', 'required'],
      ['🔑'.repeat(192), 'max'],
    ]) {
      const rest = await gateway.rest('POST', '/account/ssh-keys', { ...person, body: { name, public_key: line } });
      expect(rest.body.errors[0].meta).toEqual({ source_field: 'name', rule });
      expect((await gateway.mutate('addSshKey', { name, publicKey: line }, 'sshKey { id }', person)).issues).toEqual([
        { field: 'name', rule },
      ]);
    }
    const name = '🔑'.repeat(191);
    const answer = await gateway.rest('POST', '/account/ssh-keys', { ...person, body: { name, public_key: line } });
    expect(answer.body.attributes.name).toBe(name);
  });

  test('can be added once to an account, and to other accounts', async () => {
    const [person, other] = [await gateway.createPerson(), await gateway.createPerson()];
    expect((await addByRest(person, line)).status).toBe(200);
    expect((await addByGraphql(other, line)).__typename).toBe('AddSshKeyPayload');
    const again = await addByRest(person, `${line} under another comment`);
    expect([again.status, again.body.errors]).toEqual([
      422,
      [
        {
          code: 'ValidationException',
          status: '422',
          detail: 'The public key provided already exists on your account.',
          meta: { source_field: 'public_key', rule: '' },
        },
      ],
    ]);
    expect(await addByGraphql(person, line)).toMatchObject({ __typename: 'SshKeyAlreadyAdded', code: 'SSH_KEY_ALREADY_ADDED' });
    expect(await keysOf(person)).toHaveLength(1);
  });

  test('is added once when ten requests through both APIs add it at once', async () => {
    const person = await gateway.createPerson();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, async (_, index) =>
        index % 2 ? (await addByRest(person, line)).status : (await addByGraphql(person, line)).__typename,
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 200 || outcome === 'AddSshKeyPayload')).toHaveLength(1);
    for (const outcome of outcomes) expect([200, 422, 'AddSshKeyPayload', 'SshKeyAlreadyAdded']).toContain(outcome);
    expect([(await keysOf(person)).length, await eventsOf(person)]).toEqual([1, 1]);
  });

  test('that was removed can be added again, as another key', async () => {
    const person = await gateway.createPerson();
    const first = (await addByGraphql(person, line)).sshKey;
    expect(await removeByRest(person, fingerprintOf(line))).toBe(204);
    expect(await keysOf(person)).toEqual([]);
    const second = (await addByGraphql(person, line)).sshKey;
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(second.id).not.toBe(first.id);
  });
});

describe('the limit on SSH keys', () => {
  test('is LIMIT_SSH_KEYS, also for requests at once through both APIs', async () => {
    const small = await startGateway({ env: { LIMIT_SSH_KEYS: '4' } });
    const person = await small.createPerson();
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, async (_, index) =>
        index % 2
          ? ((await addByRest(person, makeSshLine(), small)).body.errors?.[0].detail ?? 'added')
          : (await addByGraphql(person, makeSshLine(), small)).__typename.replace('AddSshKeyPayload', 'added'),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(4);
    expect([...new Set(outcomes)].sort()).toEqual([
      'SshKeyLimitReached',
      'You have reached the account limit for number of SSH keys.',
      'added',
    ]);
    expect(await keysOf(person, small)).toHaveLength(4);
  });

  test('is off when it is 0', async () => {
    const open = await startGateway({ env: { LIMIT_SSH_KEYS: '0' } });
    const person = await open.createPerson();
    for (let count = 0; count < 12; count++) expect((await addByRest(person, makeSshLine(), open)).status).toBe(200);
  });
});

describe('removing an SSH key', () => {
  test('takes its fingerprint with or without SHA256:, through both APIs', async () => {
    for (const prefix of ['', 'SHA256:']) {
      const person = await gateway.createPerson();
      await addByRest(person, line);
      expect(await removeByGraphql(person, prefix + fingerprintOf(line))).toBe('RemoveSshKeyPayload');
      await addByRest(person, line);
      expect(await removeByRest(person, prefix + fingerprintOf(line))).toBe(204);
      expect(await keysOf(person)).toEqual([]);
    }
  });

  test('takes MD5 and hexadecimal digits, through both APIs, and names the key by its SHA-256 in the activity', async () => {
    const person = await gateway.createPerson();
    const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
    const md5 = createHash('md5')
      .update(blob)
      .digest('hex')
      .replaceAll(/..(?=.)/g, '$&:');
    const hex = createHash('sha256').update(blob).digest('hex');
    const spellings = [`MD5:${md5}`, md5, hex, `SHA256:${hex}`, `256 MD5:${md5} me (ED25519)`];
    for (const fingerprint of spellings) {
      await addByRest(person, line);
      expect(await removeByGraphql(person, fingerprint)).toBe('RemoveSshKeyPayload');
      await addByRest(person, line);
      expect(await removeByRest(person, fingerprint)).toBe(204);
      expect(await keysOf(person)).toEqual([]);
    }
    const rows = await gateway.db.activity.findMany({ where: { accountId: person.id, event: 'user:ssh-key.delete' } });
    expect(rows.map(({ properties }) => properties)).toEqual(Array(2 * spellings.length).fill({ fingerprint: fingerprintOf(line) }));
  });

  test('by a text that can be no fingerprint is InvalidInput in GraphQL and 204 in REST, as on the panel', async () => {
    const person = await gateway.createPerson();
    await addByRest(person, line);
    for (const fingerprint of ['hodor', 'MD5:00', 'SHA256:', `SHA1:${fingerprintOf(line)}`, line]) {
      expect(await removeByRest(person, fingerprint)).toBe(204);
      const refused = await gateway.mutate('removeSshKey', { fingerprint }, 'removedSshKeyId', person);
      expect(refused).toMatchObject({ __typename: 'InvalidInput', issues: [{ field: 'fingerprint', rule: 'fingerprint' }] });
    }
    expect(await keysOf(person)).toHaveLength(1);
  });

  test('of another account or unknown is 204 in REST and NotFound in GraphQL, and removes nothing', async () => {
    const [owner, other] = [await gateway.createPerson(), await gateway.createPerson()];
    await addByRest(owner, line);
    for (const fingerprint of [fingerprintOf(line), fingerprintOf(makeSshLine()), `MD5:${'00:'.repeat(15)}00`]) {
      expect(await removeByRest(other, fingerprint)).toBe(204);
      expect(await removeByGraphql(other, fingerprint)).toBe('NotFound');
    }
    expect([(await keysOf(owner)).length, await eventsOf(other)]).toEqual([1, 0]);
  });

  test('happens once when ten requests remove it at once', async () => {
    const person = await gateway.createPerson();
    await addByRest(person, line);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => removeByGraphql(person, fingerprintOf(line))));
    expect(outcomes.sort()).toEqual([...Array(9).fill('NotFound'), 'RemoveSshKeyPayload']);
    expect(await eventsOf(person)).toBe(2);
  });
});
