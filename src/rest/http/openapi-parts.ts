const description = `The account domain by the paths of the panel's client API.

**Who asks.** \`Authorization: Bearer <token>\`, where the token is the 16 characters of an API key's identifier followed by
the 32 of its secret. Without it, or with a wrong one, every route answers 401.

**Requests.** Bodies are JSON or form fields, at most 256 KiB. Fields may also stand in the query. Text is trimmed, except
passwords, and empty text counts as missing. A POST may mean PUT, PATCH or DELETE by \`X-HTTP-Method-Override\` or a field
\`_method\`. A slash at the end of a path changes nothing. Every GET answers HEAD too.

**Answers.** Times are \`2026-01-31T12:00:00+00:00\`. A change without anything to tell is an empty 204. Errors are a list,
whatever \`Accept\` says: \`code\` is a name for programs, \`status\` the HTTP status as text, \`detail\` a sentence, and \`meta\`
of a broken rule its field and its name, which is empty for what is checked after the rules. An unknown path is 404 and a
path without such a method 405, before anyone asks who is calling.

**Limits.** \`X-RateLimit-Limit\` and \`X-RateLimit-Remaining\` tell what is left of the account's requests this minute, over all
of its keys. A request too many is 429 with \`Retry-After\`.

**Dialects.** This is the documented dialect. An operator may choose the panel's: there the two-factor picture is an
\`otpauth://\` address, fingerprints have no \`SHA256:\`, and public keys are PEM.`;

/** What the description is of. */
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
  'X-Request-Id': { description: 'Names the request in the log.', schema: { type: 'string', format: 'uuid' } },
  'X-RateLimit-Limit': { description: 'Requests that the account may make in a minute.', schema: integer },
  'X-RateLimit-Remaining': { description: 'Requests left of them.', schema: integer },
  'X-RateLimit-Reset': { description: 'When there are more, in seconds since 1970.', schema: integer },
  'Retry-After': { description: 'Seconds to wait.', schema: integer },
  'X-Correlation-Id': { description: 'Names the fault in the log.', schema: { type: 'string', format: 'uuid' } },
};
