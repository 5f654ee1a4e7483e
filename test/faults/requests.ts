import { createHash, randomBytes } from 'node:crypto';
import { makeSshLine } from '../ssh-line.ts';
import { type Answer, dig, type Request } from './http.ts';
import { type Person, password } from './people.ts';

/** The changes that are sent. Each is found in the database by a word that only its request has. */
export type Kind = 'api-key.create' | 'api-key.delete' | 'ssh-key.create' | 'ssh-key.delete' | 'email' | 'sign-in';

/** A request. `marker`: the word of a change; a read has none. */
export type Prepared = {
  readonly name: string;
  readonly request: Omit<Request, 'origin'>;
  readonly change: { readonly kind: Kind; readonly marker: string } | null;
};

/** What a worker has made and may delete. */
export type Made = { readonly identifiers: string[]; readonly fingerprints: string[] };

const readQuery =
  '{ viewer { id profile { username } apiKeys { id } twoFactor { enabled } activity(first: 10) { edges { node { id } } } } }';

/** Prepares a request at random: reads and changes through both APIs. */
export function prepareRequest(person: Person, made: Made): Prepared {
  const authorization = `Bearer ${person.token}`;
  const rest = (method: string, path: string, body?: unknown) => ({
    method,
    path: `/api/client/account${path}`,
    headers: { authorization },
    ...(body ? { body } : {}),
  });
  const graphql = (query: string, input?: object, headers: Record<string, string> = { authorization }) => ({
    method: 'POST',
    path: '/graphql',
    headers,
    body: { query, ...(input ? { variables: { input } } : {}) },
  });
  const mutate = (field: string, type: string, input: object, selection: string) =>
    graphql(
      `mutation ($input: ${type}!) { ${field}(input: $input) { __typename ... on Error { code } ... on ${type.replace(/Input$/, 'Payload')} { ${selection} viewer { id profile { username } } } } }`,
      input,
    );
  const byRest = Math.random() < 0.5;
  const marker = randomBytes(9).toString('hex');
  const draw = Math.random();

  if (draw < 0.2) return { name: 'GET /account', request: rest('GET', ''), change: null };
  if (draw < 0.4) return { name: 'query viewer', request: graphql(readQuery), change: null };
  if (draw < 0.6) {
    const request = byRest
      ? rest('POST', '/api-keys', { description: marker, allowed_ips: [] })
      : mutate('createApiKey', 'CreateApiKeyInput', { description: marker }, 'apiKey { identifier }');
    return { name: byRest ? 'POST /account/api-keys' : 'createApiKey', request, change: { kind: 'api-key.create', marker } };
  }
  if (draw < 0.76) {
    const identifier = made.identifiers.shift();
    if (identifier === undefined) return prepareRequest(person, made);
    const request = byRest
      ? rest('DELETE', `/api-keys/${identifier}`)
      : mutate('deleteApiKey', 'DeleteApiKeyInput', { identifier }, 'deletedApiKeyId');
    return { name: byRest ? 'DELETE /account/api-keys' : 'deleteApiKey', request, change: { kind: 'api-key.delete', marker: identifier } };
  }
  if (draw < 0.87) {
    const line = makeSshLine();
    const request = byRest
      ? rest('POST', '/ssh-keys', { name: marker, public_key: line })
      : mutate('addSshKey', 'AddSshKeyInput', { name: marker, publicKey: line }, 'sshKey { id }');
    const change = { kind: 'ssh-key.create', marker: fingerprintOf(line) } as const;
    return { name: byRest ? 'POST /account/ssh-keys' : 'addSshKey', request, change };
  }
  if (draw < 0.93) {
    const fingerprint = made.fingerprints.shift();
    if (fingerprint === undefined) return prepareRequest(person, made);
    const request = byRest
      ? rest('POST', '/ssh-keys/remove', { fingerprint })
      : mutate('removeSshKey', 'RemoveSshKeyInput', { fingerprint }, 'removedSshKeyId');
    return {
      name: byRest ? 'POST /account/ssh-keys/remove' : 'removeSshKey',
      request,
      change: { kind: 'ssh-key.delete', marker: fingerprint },
    };
  }
  if (draw < 0.97) {
    const email = `${marker}@example.com`;
    const request = byRest
      ? rest('PUT', '/email', { email, password })
      : graphql(
          'mutation ($input: UpdateEmailInput!) { updateEmail(input: $input) { __typename ... on Error { code } ... on UpdateEmailPayload { viewer { profile { email } } } } }',
          { email, password },
        );
    return { name: byRest ? 'PUT /account/email' : 'updateEmail', request, change: { kind: 'email', marker: email } };
  }
  const signIn =
    'mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on Error { code } ... on SignInPayload { viewer { id } } } }';
  const request = graphql(signIn, { login: person.username, password }, { 'user-agent': marker });
  return { name: 'signIn', request, change: { kind: 'sign-in', marker } };
}

function fingerprintOf(line: string): string {
  const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  return createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
}

/** What an answer says of its request. `code`: of a refusal, the status where it names none. */
export type Verdict = { readonly is: 'acknowledged' | 'refused' | 'unknown' | 'unanswered'; readonly code: string };

/** Reads an answer of either API. */
export function judge({ status, body, error }: Answer): Verdict {
  if (status === 0) return { is: 'unanswered', code: error };
  const code = codeOf(body);
  if (code === 'OUTCOME_UNKNOWN') return { is: 'unknown', code };
  if (code === null && status >= 200 && status < 300) return { is: 'acknowledged', code: '' };
  return { is: 'refused', code: `${status} ${code ?? ''}`.trim() };
}

/** The code of the first error: of GraphQL at the top level or as the type of a field, of REST. */
function codeOf(body: unknown): string | null {
  const data = dig(body, 'data');
  const fields = typeof data === 'object' && data !== null ? Object.values(data) : [];
  const codes = [
    dig(body, 'errors', 0, 'extensions', 'code'),
    dig(body, 'errors', 0, 'code'),
    ...fields.map((field) => dig(field, 'code')),
  ];
  const code = codes.find((one) => typeof one === 'string');
  return typeof code === 'string' ? code : null;
}

/** Notes what an acknowledged change has made. */
export function noteMade(made: Made, { change }: Prepared, { body }: Answer): void {
  if (change?.kind === 'ssh-key.create') made.fingerprints.push(change.marker);
  if (change?.kind !== 'api-key.create') return;
  const identifier = dig(body, 'attributes', 'identifier') ?? dig(body, 'data', 'createApiKey', 'apiKey', 'identifier');
  if (typeof identifier === 'string') made.identifiers.push(identifier);
}
