import type { Account, ApiKey, Session, SshKey, TwoFactor } from '../../generated/prisma/client.ts';
import type { Statement } from '../message.ts';
import type { Sql } from '../sql.ts';

// A viewer is one statement, with a column of JSON for each part: PostgreSQL gathers the rows, and the driver reads one value.
// Prisma's read of the same, in the tests, is its reference.

/** The rows hold all that the fields of the schema take of them. */
type Loaded = { readonly isLoaded: true };
type List<Row> = readonly (Loaded & Readonly<Row>)[];

type Parts = {
  readonly profile: Pick<Account, 'uuid' | 'username' | 'email' | 'firstName' | 'lastName' | 'language' | 'admin' | 'createdAt'>;
  readonly twoFactor: { readonly twoFactor: Pick<TwoFactor, 'secret'> | null };
  readonly apiKeys: {
    readonly apiKeys: List<Pick<ApiKey, 'id' | 'identifier' | 'description' | 'allowedIps' | 'lastUsedAt' | 'createdAt'>>;
  };
  readonly sshKeys: { readonly sshKeys: List<Pick<SshKey, 'id' | 'name' | 'fingerprint' | 'publicKey' | 'createdAt'>> };
  readonly sessions: {
    readonly sessions: List<Pick<Session, 'id' | 'ip' | 'userAgent' | 'createdAt' | 'lastSeenAt' | 'expiresAt'>>;
  };
};
type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void ? All : never;

/** A part of an account that a viewer can be read with. */
export type ViewerPart = keyof Parts;

/** An account with the parts of it that were read. */
export type ViewerRow<Part extends ViewerPart = never> = Loaded &
  Pick<Account, 'id'> &
  Partial<Intersection<Parts[ViewerPart]>> &
  Intersection<Parts[Part]>;

/** The statements that read some parts: by the account's id, and with the API key of an identifier. */
export type ViewerPlan<Part extends ViewerPart = ViewerPart> = Statements & { readonly parts: ReadonlySet<Part> };
type Statements = { readonly byId: Statement; readonly byApiKey: Statement };

type ProfileJson = [string, string, string, string | null, string | null, string, boolean, string];
export type ApiKeyJson = [number, string, string, string[] | null, string | null, string];
type SshKeyJson = [number, string, string, string, string];
type SessionJson = [number, string | null, string | null, string, string, string];
type ViewerJson = [number, ProfileJson | null, [string | null] | null, ApiKeyJson[] | null, SshKeyJson[] | null, SessionJson[] | null];

// Each `?` becomes a parameter of the statement.
const list = (columns: string, table: string, condition = '') =>
  `(SELECT json_agg(item ORDER BY id) FROM (SELECT id, json_build_array(${columns}) AS item FROM ${table}
    WHERE account_id = a.id${condition} ORDER BY id LIMIT ?) AS items)`;

export const apiKeyColumns = 'id, identifier, description, allowed_ips, last_used_at, created_at';

const columns: Readonly<Record<ViewerPart, string>> = {
  profile: 'json_build_array(a.uuid, a.username, a.email, a.first_name, a.last_name, a.language, a.admin, a.created_at)',
  twoFactor: '(SELECT json_build_array(secret) FROM two_factor WHERE account_id = a.id)',
  apiKeys: list(apiKeyColumns, 'api_keys'),
  sshKeys: list('id, name, fingerprint, public_key, created_at', 'ssh_keys'),
  sessions: list('id, ip, user_agent, created_at, last_seen_at, expires_at', 'sessions', ' AND expires_at > ? AND last_seen_at > ?'),
};
const parametersOf: Readonly<Record<ViewerPart, (bounds: ViewerBounds) => unknown[]>> = {
  profile: () => [],
  twoFactor: () => [],
  apiKeys: ({ apiKeys }) => [apiKeys],
  sshKeys: ({ sshKeys }) => [sshKeys],
  sessions: ({ now, idleSince, sessions }) => [now, idleSince, sessions],
};
const order: readonly ViewerPart[] = ['profile', 'twoFactor', 'apiKeys', 'sshKeys', 'sessions'];
const keyColumns =
  "json_build_array(k.id, k.account_id, encode(k.secret_hash, 'hex'), k.allowed_ips, k.expires_at, k.family_id, k.made_in_session_id)";

const statements = new Map<string, Statements>();

/** Plans a read of some parts. There are as many statements as sets of parts, and each is made once. */
export function planViewer<Part extends ViewerPart>(parts: ReadonlySet<Part>): ViewerPlan<Part> {
  const wanted: ReadonlySet<ViewerPart> = parts;
  const name = order.map((part) => Number(wanted.has(part))).join('');
  const chosen = order.map((part) => (wanted.has(part) ? columns[part] : 'NULL')).join(', ');
  // The first parameter is the key of the account.
  const account = `json_build_array(a.id, ${chosen.split('?').reduce((before, after, n) => `${before}$${n + 1}${after}`)})`;
  const made = statements.get(name) ?? {
    byId: { name: `viewer_${name}`, text: `SELECT ${account} FROM accounts a WHERE a.id = $1` },
    byApiKey: {
      name: `key_viewer_${name}`,
      text: `SELECT json_build_array(${keyColumns}, ${account}) FROM api_keys k JOIN accounts a ON a.id = k.account_id WHERE k.identifier = $1 AND NOT a.disabled`,
    },
  };
  statements.set(name, made);
  return { parts, ...made };
}

/** When sessions end, and the most rows of each list. */
export type ViewerBounds = {
  readonly now: Date;
  readonly idleSince: Date;
  readonly apiKeys: number;
  readonly sshKeys: number;
  readonly sessions: number;
};

/** Reads parts of an account; null where it does not exist. */
export async function readViewerRow<Part extends ViewerPart>(
  sql: Sql,
  accountId: number,
  plan: ViewerPlan<Part>,
  bounds: ViewerBounds,
): Promise<ViewerRow<Part> | null> {
  const json = await sql<ViewerJson>(plan.byId, valuesOf(accountId, plan, bounds));
  return json && (toViewerRow(json) as ViewerRow<Part>);
}

function valuesOf(key: number | string, { parts }: { readonly parts: ReadonlySet<ViewerPart> }, bounds: ViewerBounds): unknown[] {
  return [key, ...order.flatMap((part) => (parts.has(part) ? parametersOf[part](bounds) : []))];
}

function toViewerRow([id, profile, twoFactor, apiKeys, sshKeys, sessions]: ViewerJson): ViewerRow {
  return {
    isLoaded: true,
    id,
    ...(profile && toProfile(profile)),
    twoFactor: twoFactor && { secret: twoFactor[0] },
    apiKeys: apiKeys?.map(toApiKey) ?? [],
    sshKeys: sshKeys?.map(toSshKey) ?? [],
    sessions: sessions?.map(toSession) ?? [],
  };
}

function toProfile([uuid, username, email, firstName, lastName, language, admin, createdAt]: ProfileJson): Parts['profile'] {
  return { uuid, username, email, firstName, lastName, language, admin, createdAt: new Date(createdAt) };
}

export function toApiKey([id, identifier, description, allowedIps, lastUsedAt, createdAt]: ApiKeyJson) {
  return {
    isLoaded: true,
    id,
    identifier,
    description,
    allowedIps: allowedIps ?? [],
    lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt),
    createdAt: new Date(createdAt),
  } as const;
}

function toSshKey([id, name, fingerprint, publicKey, createdAt]: SshKeyJson) {
  return { isLoaded: true, id, name, fingerprint, publicKey, createdAt: new Date(createdAt) } as const;
}

function toSession([id, ip, userAgent, createdAt, lastSeenAt, expiresAt]: SessionJson) {
  return {
    isLoaded: true,
    id,
    ip,
    userAgent,
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(lastSeenAt),
    expiresAt: new Date(expiresAt),
  } as const;
}

/** The credential of a request: an API key by its identifier. */
export type ApiKeyCredential = {
  readonly id: number;
  readonly accountId: number;
  readonly secretHash: Uint8Array;
  readonly allowedIps: readonly string[];
  readonly expiresAt: Date | null;
  /** Null where the key is the first of its family. */
  readonly familyId: number | null;
  readonly madeInSessionId: number | null;
};

type KeyJson = [number, number, string, string[] | null, string | null, number | null, number | null];

const isOpen = 'NOT (SELECT disabled FROM accounts WHERE id = account_id)';
const keyAlone: Statement = { name: 'key', text: `SELECT ${keyColumns} FROM api_keys k WHERE k.identifier = $1 AND ${isOpen}` };

/** Reads parts of an account beside its API key. */
export type ViewerReading = { readonly plan: ViewerPlan; readonly bounds: ViewerBounds };

/**
 * Finds an API key by its identifier, not of a disabled account, and reads parts of the account in the same statement. The
 * caller calls `toViewer` for a key that it accepts only.
 */
export async function findApiKeyCredential(sql: Sql, identifier: string, reading: ViewerReading | null) {
  if (reading === null) {
    const json = await sql<KeyJson>(keyAlone, [identifier]);
    return json && { key: toCredential(json), toViewer: () => null };
  }
  const json = await sql<[KeyJson, ViewerJson]>(reading.plan.byApiKey, valuesOf(identifier, reading.plan, reading.bounds));
  return json && { key: toCredential(json[0]), toViewer: () => toViewerRow(json[1]) };
}

function toCredential([id, accountId, secretHash, allowedIps, expiresAt, familyId, madeInSessionId]: KeyJson): ApiKeyCredential {
  return {
    id,
    accountId,
    secretHash: Buffer.from(secretHash, 'hex'),
    allowedIps: allowedIps ?? [],
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    familyId,
    madeInSessionId,
  };
}
