/** A sentence with the number in the rule and the value that was given. */
type Sentence = (limit: string, given: string) => string;

const givenCharactersMax = 64;

/** The rules of all inputs, each with the sentence that says what to do. */
const sentences = {
  required: () => 'Enter a value.',
  string: () => 'Use a string.',
  array: () => 'Use a list.',
  object: () => 'Use an object.',
  boolean: () => 'Use true or false.',
  min: (limit) => `Use at least ${limit} characters.`,
  max: (limit) => `Use at most ${limit} characters.`,
  size: (limit) => `Use exactly ${limit} characters.`,
  regex: () => 'Remove NUL characters and unpaired surrogates: they cannot be stored.',
  unique: () => 'Another account has this value. Use another one.',
  confirmed: () => 'Enter the same password in both fields.',
  email: () => 'Use an e-mail address, such as ada@example.com.',
  username: () => 'Use letters and digits, with dots, dashes and underscores only between them.',
  language: () => 'Use a language code, such as en or pt-BR.',
  address: (_, given) => `${given} is not an IP address or a CIDR range. Use one such as 192.0.2.7 or 192.0.2.0/24.`,
  within: (_, given) => `${given} includes addresses that the API key of the request is not allowed from. Use addresses within its list.`,
  common: () => 'This is one of the most common passwords. Use another one.',
  personal: () => 'This password has a name of the account or of this service in it. Use another one.',
  guessable: () => 'This password is easy to guess. Use more words, and rarer ones.',
  fingerprint: () => 'This is not the fingerprint of a key. Use one such as SHA256: and 43 characters of base64.',
  several_keys: () => 'This text has several keys. Use one key at a time.',
  public_key: () => 'This is not an SSH public key in OpenSSH, PEM or RFC 4716 form. Paste the content of the file that ends in .pub.',
  private_key: () => 'This is a private key. Replace it: it must no longer be used.',
  certificate: () => 'This is a certificate. Use the public key that it certifies.',
  key_options: () => 'Remove the options before the key: the line must begin with the type of the key, such as ssh-ed25519.',
  key_type: (_, given) => `Keys of the type ${given} are not supported. Use an Ed25519, ECDSA or RSA key.`,
  dsa: () => 'DSA keys are not supported. Use an Ed25519, ECDSA or RSA key.',
  weak_rsa: (limit) => `This RSA key is too short. Use one of at least ${limit} bits, or an Ed25519 key.`,
  long_rsa: (limit) => `This RSA key is too long. Use one of at most ${limit} bits, or an Ed25519 key.`,
  roca: () => 'The private key can be computed from this RSA key: it was made with the fault CVE-2017-15361 (ROCA). Make a new key.',
  close_primes: () => 'The private key can be computed from this RSA key: its primes are too close (CVE-2022-26320). Make a new key.',
  unsafe_rsa: () => 'This RSA key has an unsafe exponent or modulus. Make a new key.',
} as const satisfies Readonly<Record<string, Sentence>>;

/** Where a field has a sentence of its own for a rule. */
const sentencesOfFields: Readonly<Record<string, Sentence>> = {
  'email.unique': () => 'Another account has this e-mail address.',
  'username.unique': () => 'Another account has this username.',
  'password.max': (limit) => `Use at most ${limit} bytes.`,
  'newPassword.max': (limit) => `Use at most ${limit} bytes.`,
  'allowedIps.max': (limit) => `Use at most ${limit} addresses.`,
  'code.size': (limit) => `Enter the ${limit} digits of the code.`,
};

/** The name of a rule that an input can break. */
export type Rule = keyof typeof sentences;

/** Whether a name is the name of a rule. */
export function isRule(name: string): name is Rule {
  return Object.hasOwn(sentences, name);
}

/** Every rule. */
export const rules: readonly Rule[] = Object.keys(sentences).filter(isRule);

/** The sentence for a rule that a field breaks. It repeats at most 64 characters of the value. */
export function describeRule(field: string, rule: Rule, limit?: number, given?: string): string {
  const sentence: Sentence = sentencesOfFields[`${field}.${rule}`] ?? sentences[rule];
  return sentence(limit?.toLocaleString('en-US') ?? '', shorten(given ?? ''));
}

function shorten(given: string): string {
  return JSON.stringify(given.length > givenCharactersMax ? `${given.slice(0, givenCharactersMax).toWellFormed()}…` : given);
}
