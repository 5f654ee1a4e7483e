/** What a newcomer needs, in the order it is needed. GraphiQL sends the one operation that is chosen, and no other. */
export const firstDocument = `# All there is on the account. Who asks is said by an
# API key under "Headers", or by the cookie of SignIn.
query Account {
  viewer {
    profile { username email language admin }
    twoFactor { enabled recoveryTokensRemaining }
    apiKeys { identifier description lastUsedAt }
    sshKeys { name fingerprint }
    sessions { current ip userAgent lastSeenAt }
    activity(first: 10) {
      edges { node { event ip occurredAt } }
    }
  }
}

# Sign in, by a cookie. What is sent for each name with
# a $ stands under "Variables".
mutation SignIn($login: String!, $password: String!) {
  signIn(input: { login: $login, password: $password }) {
    ... on SignInPayload {
      viewer { profile { username } }
    }
    ... on TwoFactorRequired { challenge expiresAt }
    ... on Error { code message }
  }
}

# With two-factor on, SignIn answers a challenge. Send
# it back with the code that the authenticator shows.
mutation CompleteSignIn(
  $challenge: String!
  $code: String!
) {
  completeSignIn(
    input: {
      challenge: $challenge
      answer: { code: $code }
    }
  ) {
    ... on CompleteSignInPayload {
      viewer { profile { username } }
    }
    ... on Error { code message }
  }
}

# Set up two-factor. The QR code is shown as a picture:
# scan it, then turn two-factor on with a code.
query TwoFactorSetup {
  viewer {
    twoFactorSetup { secret uri qrCode expiresAt }
  }
}

mutation EnableTwoFactor(
  $code: String!
  $password: String!
) {
  enableTwoFactor(
    input: { code: $code, password: $password }
  ) {
    ... on EnableTwoFactorPayload { recoveryTokens }
    ... on Error { code message }
  }
}

# An API key for a program. The token is shown this once.
mutation CreateApiKey(
  $description: String!
  $allowedIps: [String!]
) {
  createApiKey(
    input: {
      description: $description
      allowedIps: $allowedIps
    }
  ) {
    ... on CreateApiKeyPayload {
      token
      apiKey { identifier }
    }
    ... on InvalidInput { issues { field message } }
    ... on Error { code message }
  }
}

mutation AddSshKey(
  $name: String!
  $publicKey: String!
) {
  addSshKey(
    input: { name: $name, publicKey: $publicKey }
  ) {
    ... on AddSshKeyPayload { sshKey { fingerprint } }
    ... on InvalidInput { issues { field message } }
    ... on Error { code message }
  }
}

# What happens from now on, as it happens: run it, then
# do something in another tab of the explorer.
subscription Activity {
  activity { event ip occurredAt }
}

mutation SignOut {
  signOut {
    ... on SignOutPayload { viewer { id } }
    ... on Error { code message }
  }
}
`;

/** Every variable of the document, to be filled in. */
export const firstVariables = `{
  "login": "admin",
  "password": "",
  "challenge": "",
  "code": "",
  "description": "backup",
  "allowedIps": [],
  "name": "laptop",
  "publicKey": "ssh-ed25519 AAAA…"
}`;

/**
 * A comment, so that nothing is sent as long as nobody writes a key: any bearer decides alone, and with a made-up one not
 * even the schema would come.
 */
export const firstHeaders = `{
  // To ask with an API key, take the slashes away:
  // "Authorization": "Bearer ptlc_…"
}`;
