/** The common operations, in the order of their use. GraphiQL sends the operation that is chosen. */
export const firstDocument = `# Reads the account. Put an API key under "Headers", or
# sign in with SignIn.
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

# Signs in with a cookie. The values of names with a $
# are under "Variables".
mutation SignIn($login: String!, $password: String!) {
  signIn(input: { login: $login, password: $password }) {
    ... on SignInPayload {
      viewer { profile { username } }
    }
    ... on TwoFactorRequired { challenge expiresAt }
    ... on Error { code message }
  }
}

# With two-factor authentication, SignIn returns a
# challenge. Send it with a code of the authenticator.
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

# Shows the QR code as a picture. Scan it, then enable
# two-factor authentication with a code.
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

# Creates an API key for a program. The token is shown
# only here.
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

# Shows events as they occur. Run it, then change
# something in another tab of the explorer.
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

/** Every variable of the document. */
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

/** In a comment, so that no header is sent before a key is typed: with a wrong token, even the schema is refused. */
export const firstHeaders = `{
  // To use an API key, remove the slashes:
  // "Authorization": "Bearer ptlc_…"
}`;
