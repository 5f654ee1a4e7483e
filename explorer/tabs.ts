/** A tab of the explorer: one operation with its own variables, so that no other request holds a password. */
type FirstTab = { readonly query: string; readonly variables: string };

/** The common operations, in the order of their use. */
export const firstTabs: readonly FirstTab[] = [
  tab(
    `# Sign in first: fill in "Variables" below, then press the
# button. The session is a cookie, for every tab.
#
# Or use an API key: put this under "Headers" of a tab:
#   {"Authorization": "Bearer ptlc_…"}
mutation SignIn($login: String!, $password: String!) {
  signIn(input: { login: $login, password: $password }) {
    ... on SignInPayload {
      viewer { profile { username } }
    }
    ... on TwoFactorRequired { challenge expiresAt }
    ... on Error { code message }
  }
}
`,
    { login: 'admin', password: '' },
  ),
  tab(
    `# With two-factor authentication, SignIn returns a
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
`,
    { challenge: '', code: '' },
  ),
  tab(
    `# Reads the account that is signed in, or that of the
# API key under "Headers".
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
`,
  ),
  tab(
    `# Shows the QR code as a picture. Scan it, then enable
# two-factor authentication with a code.
query TwoFactorSetup {
  viewer {
    twoFactorSetup { secret uri qrCode expiresAt }
  }
}
`,
  ),
  tab(
    `# The code is that of the authenticator, after the QR
# code of TwoFactorSetup was scanned.
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
`,
    { code: '', password: '' },
  ),
  tab(
    `# Creates an API key for a program. The token is shown
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
`,
    { description: 'backup', allowedIps: [] },
  ),
  tab(
    `# Adds the public key of an SSH key pair.
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
`,
    { name: 'laptop', publicKey: 'ssh-ed25519 AAAA…' },
  ),
  tab(
    `# Shows events as they occur. Run it, then change
# something in another tab of the browser.
subscription Activity {
  activity { event ip occurredAt }
}
`,
  ),
  tab(
    `# Ends the session.
mutation SignOut {
  signOut {
    ... on SignOutPayload { viewer { id } }
    ... on Error { code message }
  }
}
`,
  ),
];

function tab(query: string, variables: object = {}): FirstTab {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
