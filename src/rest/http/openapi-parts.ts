const description = `The account by the paths of the panel's client API.

**Authentication.** \`Authorization: Bearer <token>\`. The token is the 16 characters of an API key's identifier, followed
by the 32 of its secret. A request without a token, or with a wrong, revoked or expired one, is answered with 401.

**Requests.** A body is JSON or form fields, at most 256 KiB. Fields can be in the query too. Strings are trimmed, except
passwords, and an empty string counts as missing. A POST is read as PUT, PATCH or DELETE where the header
\`X-HTTP-Method-Override\` or the field \`_method\` names it. A slash at the end of a path is ignored. HEAD is supported
wherever GET is.

**Answers.** A time is \`2026-01-31T12:00:00+00:00\`. A change without a result is answered with 204 and no body. Errors are
a list in JSON, for every \`Accept\` header. Of each error, \`code\` is a name for programs, \`status\` the HTTP status as a string
and \`detail\` a sentence; where a field breaks a rule, \`meta\` names the field and the rule. An unknown path is answered
with 404 and an unsupported method with 405, before the credential is checked.

**Rate limits.** \`X-RateLimit-Limit\` is the number of requests that the account can send per minute, with all of its keys
together; \`X-RateLimit-Remaining\` is how many are left. A request above the limit is answered with 429 and \`Retry-After\`.

**Dialects.** This document describes the dialect \`documented\`. With the dialect \`panel\`, which the operator can choose,
the QR code is an \`otpauth://\` address, fingerprints have no \`SHA256:\`, and public keys are PEM.`;

export const title = {
  title: 'Account Gateway',
  version: '1',
  summary: 'Profile, password, two-factor, API keys, SSH keys and activity of an account.',
  description,
  license: { name: 'MIT', identifier: 'MIT' },
};

export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key: its identifier and its secret, 48 characters.' },
};

const integer = { type: 'integer', minimum: 0 };

/** The headers of answers, by name. */
export const responseHeaders = {
  'X-Request-Id': { description: 'The id of the request in the log.', schema: { type: 'string', format: 'uuid' } },
  'X-RateLimit-Limit': { description: 'Requests per minute of the account.', schema: integer },
  'X-RateLimit-Remaining': { description: 'Requests left in this minute.', schema: integer },
  'X-RateLimit-Reset': { description: 'The end of this minute, in seconds since 1970.', schema: integer },
  'Retry-After': { description: 'Seconds to wait before retrying.', schema: integer },
  'Accept-Encoding': { description: 'The encoding of a body: `identity`.', schema: { type: 'string' } },
  'WWW-Authenticate': { description: 'The scheme of the credential: `Bearer`.', schema: { type: 'string' } },
  'X-Correlation-Id': { description: 'The id of the fault in the log.', schema: { type: 'string', format: 'uuid' } },
};
