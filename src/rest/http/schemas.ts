/** The shapes of the answers, as JSON Schema 2020-12. What a test validates every answer against. */
type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const time = { type: 'string', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$`, examples: ['2026-01-31T12:00:00+00:00'] };
const timeOrNull = { anyOf: [time, { type: 'null' }] };

function object(properties: Schema, optional: Schema = {}): Schema {
  return { type: 'object', required: Object.keys(properties), properties: { ...properties, ...optional }, additionalProperties: false };
}

function item(name: string, attributes: Schema, more: Schema = {}): Schema {
  return object({ object: { const: name }, attributes: object(attributes), ...more });
}

function list(items: Schema, more: Schema = {}): Schema {
  return object({ object: { const: 'list' }, data: { type: 'array', items }, ...more });
}

function page(items: Schema): Schema {
  const count = { type: 'integer', minimum: 0 };
  const links = object({}, { previous: { type: 'string', format: 'uri' }, next: { type: 'string', format: 'uri' } });
  const pagination = object({ total: count, count, per_page: count, current_page: count, total_pages: count, links });
  return list(items, { meta: object({ pagination }) });
}

const apiKey = {
  identifier: { type: 'string', minLength: 16, maxLength: 16, examples: ['ptlc_a1B2c3D4e5F'] },
  description: text,
  allowed_ips: { type: 'array', items: text, examples: [['192.0.2.7', '2001:db8::/32']] },
  last_used_at: timeOrNull,
  created_at: time,
};

const sshKey = {
  name: text,
  fingerprint: { type: 'string', examples: ['SHA256:sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI'] },
  public_key: { type: 'string', examples: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk'] },
  created_at: time,
};

const actor = {
  anyOf: [
    item('user', { uuid: text, username: text, email: text, image: text, '2fa_enabled': { type: 'boolean' }, created_at: time }),
    object({ object: { const: 'null_resource' }, attributes: { type: 'null' } }),
  ],
};

const activity = object({
  object: { const: 'activity_log' },
  attributes: object(
    {
      id: { type: 'string', pattern: '^[0-9a-f]{40}$' },
      batch: textOrNull,
      event: { type: 'string', examples: ['user:api-key.create'] },
      is_api: { type: 'boolean' },
      ip: textOrNull,
      description: textOrNull,
      properties: { type: 'object' },
      has_additional_metadata: { type: 'boolean' },
      timestamp: time,
    },
    { relationships: object({ actor }) },
  ),
});

/** Every answer with a body, by the name the documentation gives it. */
export const answerSchemas = {
  User: item('user', {
    id: { type: 'integer' },
    admin: { type: 'boolean' },
    username: text,
    email: text,
    first_name: textOrNull,
    last_name: textOrNull,
    language: { type: 'string', examples: ['en'] },
  }),
  TwoFactorSetup: object({
    data: object({
      image_url_data: { type: 'string', description: 'A PNG as a data URI; in the panel dialect the otpauth address itself.' },
      secret: { type: 'string', pattern: '^[A-Z2-7]{32}$' },
    }),
  }),
  RecoveryTokens: item('recovery_tokens', { tokens: { type: 'array', items: text, minItems: 10, maxItems: 10 } }),
  ActivityPage: page(activity),
  ApiKeyList: list(item('api_key', apiKey)),
  CreatedApiKey: item('api_key', apiKey, {
    meta: object({ secret_token: { type: 'string', description: 'The second half of the token: put the identifier before it.' } }),
  }),
  SshKey: item('ssh_key', sshKey),
  SshKeyList: list(item('ssh_key', sshKey)),
  ServerPage: page({ type: 'object' }),
  Permissions: item('system_permissions', { permissions: { type: 'object' } }),
  Errors: object({
    errors: {
      type: 'array',
      minItems: 1,
      items: object(
        { code: text, status: { type: 'string', pattern: '^[45]\\d\\d$' }, detail: text },
        { meta: object({ source_field: text, rule: text }) },
      ),
    },
  }),
} satisfies Record<string, Schema>;

/** Every answer of a route by name, so without the errors. */
export type AnswerName = Exclude<keyof typeof answerSchemas, 'Errors'>;
