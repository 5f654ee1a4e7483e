import { readFileSync } from 'node:fs';
import { ConfigError, type Environment, read } from './environment.ts';

/** Documents by the ids that clients ask for them with. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/**
 * The documents of the file that a variable names, undefined where it is unset: a JSON object of ids and documents, as
 * code generators of clients write it, or the manifest of Apollo's.
 * @throws ConfigError when the file cannot be read or holds no documents.
 */
export function readTrustedDocuments(env: Environment, name: string): TrustedDocuments | undefined {
  const path = read(env, name);
  if (path === undefined) return undefined;
  const documents = new Map(entriesOf(readJson(name, path)));
  const isSound = documents.size > 0 && [...documents].every(([id, text]) => id !== '' && typeof text === 'string' && text.trim() !== '');
  if (!isSound) throw new ConfigError(name, `must be a JSON object of ids and documents; ${JSON.stringify(path)} is none`);
  return new Map([...documents].map(([id, text]) => [withoutAlgorithm(id), String(text)]));
}

/** Ids may say how they were made: `sha256:` and the hash is the hash. */
export function withoutAlgorithm(id: string): string {
  return id.replace(/^sha256:/, '');
}

function readJson(name: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'holds no JSON' : 'cannot be read';
    throw new ConfigError(name, `must be a file of documents; ${JSON.stringify(path)} ${reason}`);
  }
}

function entriesOf(manifest: unknown): [string, unknown][] {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return [];
  const { format, operations } = manifest as { format?: unknown; operations?: unknown };
  if (format !== 'apollo-persisted-query-manifest' || !Array.isArray(operations)) return Object.entries(manifest);
  return operations.map((operation) => [String(operation?.id ?? ''), operation?.body]);
}
