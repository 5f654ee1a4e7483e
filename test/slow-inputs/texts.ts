/** Numbers below a bound, the same in every run (Numerical Recipes' generator). */
export function createRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

export function pick<Item>(random: (bound: number) => number, items: readonly Item[]): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

const ed25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';

/** An RSA key of so many bits that has no small factor, so that every check of it is made. */
function rsaLine(bits: number): string {
  const primes = Array.from({ length: 702 }, (_, n) => n).filter(
    (n) => n > 1 && !Array.from({ length: n }, (_, d) => d).some((d) => d > 1 && n % d === 0),
  );
  let modulus = (1n << BigInt(bits - 1)) + (1n << BigInt(bits / 2)) + 12_345n;
  while (primes.some((prime) => modulus % BigInt(prime) === 0n)) modulus += 2n;
  const number = (value: bigint) => {
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
    return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]);
  };
  const strings = [Buffer.from('ssh-rsa'), number(65_537n), number(modulus)].flatMap((bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return `ssh-rsa ${Buffer.concat(strings).toString('base64')}`;
}

const keys = [ed25519, ...[2048, 4096, 8192, 16_384].map(rsaLine)];

/** Parts that are repeated: each is the worst for some way of reading a text. */
const parts = [
  ...[
    'a',
    'A',
    ' ',
    '\t',
    '\n',
    '\0',
    '.',
    '-',
    '_',
    '@',
    ':',
    '/',
    '\\',
    '"',
    "'",
    '%',
    '%25',
    '=',
    '+',
    ',',
    ';',
    '*',
    '(',
    '[',
    '{',
    '|',
    '#',
  ],
  ...[
    'é',
    'e\u0301',
    '\u0301',
    '\u0316',
    '\u0301\u0316',
    '\u200b',
    '\u200d',
    '\ufe0f',
    '\u00a0',
    '\u3000',
    '\u1100\u1161\u11a8',
    'ﷺ',
    'ß',
    'İ',
    '💥',
  ],
  ...[
    '\ud800',
    '\udfff',
    '\u202e',
    'a.',
    '.a',
    'a@',
    'a-',
    '-a',
    '0',
    '1',
    '9',
    '12',
    '1.',
    '::',
    'f:',
    'a,',
    ', ',
    '0x',
    '🏳️‍🌈',
    '１',
    '٣',
  ],
  ...[
    'AAAA',
    'AAAA ',
    'AAAAB3NzaC1',
    ' AAAA',
    'ssh-rsa ',
    'ssh-rsa AAAA ',
    'sk-ssh-',
    '-----BEGIN ',
    '-----BEGIN PUBLIC KEY-----',
    'PRIVATE KEY',
  ],
  ...[
    '---- BEGIN SSH2 PUBLIC KEY ----',
    '---- END SSH2 PUBLIC KEY ----',
    'a:\\\n',
    '#\n',
    'command="',
    '|1|',
    'SHA256:',
    'MD5:',
    '00:',
    'f0',
  ],
  ...[
    'Bearer ',
    'Bearer,',
    'Basic ',
    '; ',
    'gateway_session=',
    '__Host-',
    'a=b;',
    '127.0.0.1, ',
    '[::1]:1, ',
    'for=',
    '*/*,',
    'text/html;q=0.1,',
    'q=',
    'gzip,',
  ],
  ...[
    'password',
    'correct horse ',
    'qwerty',
    'p@ssw0rd',
    '3141592653',
    '2026-01-31',
    'abcabc',
    '!@#$%^&*',
    'aB3$',
    '1qaz2wsx',
    'l33t',
    'zxcvbn',
  ],
  ...['[a]', '[]', 'a[b]', 'a[', ']', '&a=', 'event', 'user:', '-timestamp,', 'actor,', 'timestamp'],
];

/** A text of a length: of one or two parts, or with another beginning or end. */
export function makeText(random: (bound: number) => number, length: number): string {
  const [one, two] = [pick(random, parts), pick(random, parts)];
  const repeat = (part: string, size: number) => part.repeat(Math.ceil(size / part.length)).slice(0, size);
  switch (random(8)) {
    case 0:
      return repeat(one, length / 2) + repeat(two, length / 2);
    case 1:
      return repeat(one + two, length);
    case 2:
      return repeat(one, length - 1) + pick(random, ['x', '!', '@', '\n', '"', ']']);
    case 3:
      return pick(random, ['a', 'x@', '[', '"', 'ssh-rsa ']) + repeat(one, length - 8);
    case 4:
      return `${pick(random, keys)} ${repeat(one, length)}`.slice(0, Math.max(length, 3_000));
    case 5:
      return `a${repeat('\u0301', length / 2)}${repeat('\u0316', length / 2)}`;
    default:
      return repeat(one, length);
  }
}
