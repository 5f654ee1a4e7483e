import { generateSync } from 'otplib';
import { describe, expect, test } from 'vitest';
import { consumeStep, matchStep } from '../src/account/two-factor/code.ts';
import { codeFor, type Person, startGateway } from './harness.ts';

const gateway = await startGateway({ env: { LIMIT_SIGN_INS_PER_MINUTE: '0' } });

/** The secret of both RFCs, `12345678901234567890`, in base32. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const stepSeconds = 30;

/** RFC 4226, appendix D. */
const hotpCodes = ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'];

/** RFC 6238, appendix B, SHA-1. */
const totpCodes = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
] as const;

async function setUp(): Promise<{ person: Person; secret: string }> {
  const person = await gateway.createPerson();
  const answer = await gateway.rest('GET', '/account/two-factor', person);
  return { person, secret: answer.body.data.secret };
}

const enableByRest = async (person: Person, code: unknown) =>
  (await gateway.rest('POST', '/account/two-factor', { ...person, body: { code, password: person.password } })).status === 200;
const enableByGraphql = async (person: Person, code: unknown) =>
  (await gateway.mutate('enableTwoFactor', { code, password: person.password }, 'recoveryTokens', person)).__typename ===
  'EnableTwoFactorPayload';
const apis = [enableByRest, enableByGraphql];

describe('codes are those of the standards', () => {
  test.each(hotpCodes.map((code, counter) => [counter, code] as const))(
    'RFC 4226, appendix D: the code of count %i is %s',
    (counter, code) => {
      expect(generateSync({ strategy: 'hotp', secret, counter })).toBe(code);
      expect(matchStep(secret, code, new Date((counter * stepSeconds + 7) * 1000))).toBe(counter);
    },
  );

  test.each(totpCodes)('RFC 6238, appendix B: at %i the code has the eight digits %s, and its last six are accepted', (epoch, code) => {
    expect(generateSync({ secret, epoch, digits: 8 })).toBe(code);
    expect(matchStep(secret, code.slice(-6), new Date(epoch * 1000))).toBe(Math.floor(epoch / stepSeconds));
    expect(matchStep(secret, code, new Date(epoch * 1000))).toBeNull();
  });

  test('a code is accepted in its own step, the one before and the one after', () => {
    const step = 40_000_000;
    const code = codeFor(secret, new Date(step * stepSeconds * 1000));
    for (const second of [0, 15, 29]) {
      const matched = [-2, -1, 0, 1, 2].map((away) => matchStep(secret, code, new Date(((step + away) * stepSeconds + second) * 1000)));
      expect(matched).toEqual([null, step, step, step, null]);
    }
  });

  test.each(['', '12345', '1234567', '75522a', '7552.4', '+55224', '½55224', '①55224', '\0\0\0\0\0\0', `755224${' '.repeat(64)}`])(
    'a text other than six digits is never a code: %j',
    (code) => expect(matchStep(secret, code, new Date(0))).toBeNull(),
  );

  test('every decimal digit of Unicode is read as its value', () => {
    const rows = [0x30, 0x660, 0x6f0, 0x966, 0xe50, 0x1946, 0xa620, 0xff10, 0x104a0, 0x1d7ce, 0x1d7d8, 0x1d7f6, 0x1e950];
    for (const zero of rows) {
      const typed = [...'755224'].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
      expect([zero, matchStep(secret, typed, new Date(0))]).toEqual([zero, 0]);
    }
  });
});

/** Ways to write the digits of a code. */
const spellings: [string, (code: string) => string][] = [
  ['a blank in the middle', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
  ['a dash in the middle', (code) => `${code.slice(0, 3)}-${code.slice(3)}`],
  ['no-break blanks, a tab and line ends', (code) => `\u00a0${code.slice(0, 2)}\u2009\t${code.slice(2)}\r\n`],
  ['zero-width characters and a braille blank', (code) => `\u200b${code.slice(0, 2)}\u2060\ufeff\u2800${code.slice(2)}`],
  ['other dashes', (code) => [...code].join('\u2013').replace('\u2013', '\u2212')],
  ['full-width digits', (code) => writeDigits(code, 0xff10)],
  ['Arabic digits', (code) => writeDigits(code, 0x660)],
  ['Devanagari digits and a blank', (code) => `${writeDigits(code.slice(0, 3), 0x966)} ${writeDigits(code.slice(3), 0x966)}`],
];

function writeDigits(code: string, zero: number): string {
  return [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
}

describe('a code is read as people type it', () => {
  test.each(spellings)('with %s, when two-factor authentication is enabled in both APIs and at sign-in', async (_name, spell) => {
    for (const enable of apis) {
      const { person, secret } = await setUp();
      expect(await enable(person, spell(codeFor(secret, gateway.clock.now())))).toBe(true);
      gateway.clock.advance(60);
      const query =
        'mutation ($input: SignInInput!) { signIn(input: $input) { ... on TwoFactorRequired { challenge } ... on Error { code } } }';
      const { challenge } = (await gateway.graphql(query, { input: { login: person.username, password: person.password } })).data.signIn;
      const complete =
        'mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { __typename ... on Error { code message } } }';
      const input = { challenge, answer: { code: spell(codeFor(secret, gateway.clock.now())) } };
      expect((await gateway.graphql(complete, { input })).data.completeSignIn.__typename).toBe('CompleteSignInPayload');
    }
  });

  test('in a form too, and a number of other than six digits is refused by its length', async () => {
    const { person, secret } = await setUp();
    const form = (code: string) => ({
      ...person,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ code, password: person.password }).toString(),
    });
    const refused = await gateway.rest('POST', '/account/two-factor', form('12 34 56 7'));
    expect([refused.status, refused.body.errors[0].meta]).toEqual([422, { source_field: 'code', rule: 'size' }]);
    const code = codeFor(secret, gateway.clock.now());
    expect((await gateway.rest('POST', '/account/two-factor', form(`${code.slice(0, 3)} ${code.slice(3)}`))).status).toBe(200);
  });
});

describe('a code is accepted once', () => {
  /** After every step that the clock of these tests reaches. */
  const laterStep = 100_000_000;

  test('of the previous, present or next step, and not of two steps away, in both APIs', async () => {
    for (const enable of apis) {
      for (const [steps, isAccepted] of [
        [-2, false],
        [-1, true],
        [0, true],
        [1, true],
        [2, false],
      ] as const) {
        const { person, secret } = await setUp();
        const code = codeFor(secret, new Date(gateway.clock.now().getTime() + steps * stepSeconds * 1000));
        expect(await enable(person, code), `${enable.name}, ${steps} steps`).toBe(isAccepted);
      }
    }
  });

  test('of ten uses of one step at once, one is accepted', async () => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    const uses = Array.from({ length: 10 }, () =>
      gateway.db
        .$transaction((transaction) => consumeStep(transaction, person.id, laterStep, gateway.clock.now()))
        .then(
          () => 'accepted',
          (error) => error.code,
        ),
    );
    const outcomes = (await Promise.all(uses)).sort();
    expect(outcomes).toEqual([...Array(9).fill('CODE_ALREADY_USED'), 'accepted']);
  });

  test('using a step uses up the steps before it', async () => {
    const person = await gateway.createPerson();
    await gateway.enableTwoFactor(person);
    const use = (step: number) => gateway.db.$transaction((transaction) => consumeStep(transaction, person.id, step, gateway.clock.now()));
    await use(laterStep);
    await expect(use(laterStep - 1)).rejects.toMatchObject({ code: 'CODE_ALREADY_USED' });
    await expect(use(laterStep + 1)).resolves.toBeUndefined();
  });

  test('the code that enabled two-factor authentication is used up, and the refusal has the seconds to the next one', async () => {
    for (const enable of apis) {
      const { person, secret } = await setUp();
      gateway.clock.advance(30 - ((gateway.clock.now().getTime() / 1000) % 30) + 10);
      const code = codeFor(secret, gateway.clock.now());
      expect(await enable(person, code)).toBe(true);
      const step = matchStep(secret, code, gateway.clock.now()) ?? 0;
      const again = gateway.db.$transaction((transaction) => consumeStep(transaction, person.id, step, gateway.clock.now()));
      await expect(again).rejects.toMatchObject({ code: 'CODE_ALREADY_USED', waitSeconds: 20 });
    }
  });
});
