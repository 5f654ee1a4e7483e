import type { AnswerName } from './schemas.ts';

/** A key that nobody holds the other half of. */
export const exampleSshKey = {
  line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk',
  fingerprint: 'SHA256:sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI',
};

const time = '2026-01-31T12:00:00+00:00';

const apiKey = {
  identifier: 'ptlc_a1B2c3D4e5F',
  description: 'Deployment',
  allowed_ips: ['192.0.2.7', '2001:db8::/32'],
  last_used_at: null,
  created_at: time,
};

const sshKey = {
  object: 'ssh_key',
  attributes: { name: 'Laptop', fingerprint: exampleSshKey.fingerprint, public_key: exampleSshKey.line, created_at: time },
};

const activity = {
  object: 'activity_log',
  attributes: {
    id: '356a192b7913b04c54574d18c28d46e6395428ab',
    batch: null,
    event: 'user:api-key.create',
    is_api: true,
    ip: '192.0.2.7',
    description: null,
    properties: { identifier: 'ptlc_a1B2c3D4e5F' },
    has_additional_metadata: false,
    timestamp: time,
  },
};

/** An answer of each shape, as a caller sees it in the documented dialect. */
export const answerExamples: Readonly<Record<AnswerName, unknown>> = {
  User: {
    object: 'user',
    attributes: {
      id: 1,
      admin: false,
      username: 'ada',
      email: 'ada@example.com',
      first_name: 'Ada',
      last_name: 'Lovelace',
      language: 'en',
    },
  },
  TwoFactorSetup: {
    data: { image_url_data: 'data:image/png;base64,iVBORw0KGgo=', secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' },
  },
  RecoveryTokens: {
    object: 'recovery_tokens',
    attributes: { tokens: Array.from({ length: 10 }, (_, index) => `${index}A1B2C3D4E5F6G7H8J9KMNPQ`) },
  },
  ActivityPage: { object: 'list', data: [activity], meta: { pagination: pagination(1, 25) } },
  ApiKeyList: { object: 'list', data: [{ object: 'api_key', attributes: apiKey }] },
  CreatedApiKey: { object: 'api_key', attributes: apiKey, meta: { secret_token: 'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4' } },
  SshKey: sshKey,
  SshKeyList: { object: 'list', data: [sshKey] },
  ServerPage: { object: 'list', data: [], meta: { pagination: pagination(0, 50) } },
  Permissions: { object: 'system_permissions', attributes: { permissions: {} } },
};

function pagination(count: number, perPage: number) {
  return { total: count, count, per_page: perPage, current_page: 1, total_pages: 1, links: {} };
}
