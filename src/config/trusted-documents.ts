import { ConfigError } from './environment.ts';
import { readText } from './value-files.ts';

/** Documents by the ids that clients send. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/**
 * Reads the documents of a file: a JSON object of ids and documents, as code generators of clients write it, or the
 * manifest of Apollo Client.
 * @param variable names the file, for the message.
 * @param path undefined: there are no trusted documents.
 * @throws ConfigError when the file cannot be read or holds no documents.
 */
export function readTrustedDocuments(variable: string, path: string | undefined): TrustedDocuments | undefined {
  if (path === undefined) return undefined;
  const documents = new Map(entriesOf(readJson(variable, path)));
  const isSound = documents.size > 0 && [...documents].every(([id, text]) => id !== '' && typeof text === 'string' && text.trim() !== '');
  if (!isSound) throw new ConfigError(variable, `must be a JSON object of ids and documents, which ${JSON.stringify(path)} is not`);
  return new Map([...documents].map(([id, text]) => [withoutAlgorithm(id), String(text)]));
}

/** An id without the name of the hash algorithm: `sha256:abc` and `abc` are one id. */
export function withoutAlgorithm(id: string): string {
  return id.replace(/^sha256:/, '');
}

function readJson(variable: string, path: string): unknown {
  const text = readText(variable, path);
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(variable, `must be a file of documents: ${JSON.stringify(path)} holds no JSON`);
  }
}

function entriesOf(manifest: unknown): [string, unknown][] {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return [];
  const { format, operations } = manifest as { format?: unknown; operations?: unknown };
  if (format !== 'apollo-persisted-query-manifest' || !Array.isArray(operations)) return Object.entries(manifest);
  return operations.map((operation) => [String(operation?.id ?? ''), operation?.body]);
}
