type Schema = Readonly<Record<string, unknown>>;

/** What a path or a query may hold, for the documentation. */
export const parameters = {
  identifier: { description: 'The first 16 characters of the API key.', schema: { type: 'string' }, example: 'ptlc_a1B2c3D4e5F' },
  fingerprint: {
    description: 'The fingerprint of the SSH key, with or without `SHA256:`.',
    schema: { type: 'string' },
    example: 'SHA256:sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI',
  },
  page: { description: 'Which page, from 1. What cannot be a page is the first.', schema: { type: 'integer', minimum: 1 }, example: 2 },
  per_page: {
    description: 'Items on a page, at most 100. Zero is 15; less is refused.',
    schema: { type: 'integer', minimum: 0, maximum: 100 },
    example: 50,
  },
  'filter[event]': {
    description: 'Parts of event names, whatever their case, with a comma between them: any may match.',
    schema: { type: 'string' },
    example: 'api-key,ssh-key',
  },
  sort: {
    description: 'By time; with a dash the latest first.',
    schema: { type: 'string', enum: ['timestamp', '-timestamp'] },
    example: '-timestamp',
  },
  include: { description: '`actor` adds who did it.', schema: { type: 'string' }, example: 'actor' },
} as const satisfies Record<string, Schema>;

export type ParameterName = keyof typeof parameters;

/** What the fields of a body mean, by their names on the wire. */
export const fieldDescriptions: Readonly<Record<string, string>> = {
  email: 'The new address; kept as it is typed, unique whatever its case.',
  username: 'Letters and digits; dots, dashes and underscores between them.',
  current_password: 'The password that is in use. Never trimmed.',
  password: 'The password of the account. Never trimmed.',
  password_confirmation: 'The new password again.',
  code: 'The six digits that the authenticator shows.',
  description: 'What the key is for.',
  allowed_ips: 'Addresses and CIDR ranges that the key may be used from; none: from everywhere.',
  name: 'What the key is called.',
  public_key: 'The public key: an OpenSSH line, a PEM or RFC 4716.',
  fingerprint: 'SHA-256 of the key in base64, with or without `SHA256:`.',
};
