import { readFileSync } from 'node:fs';
import { ConfigError, environment } from './environment.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Adds the values of the variables that are kept in files: `NAME_FILE` names the file of `NAME`, as Docker and systemd give secrets.
 * @throws ConfigError when a file cannot be read or is empty, or when its variable is set too.
 */
export function readValueFiles(env: Variables): Variables {
  const names = Object.keys(environment.shape).filter((name) => `${name}_FILE` in environment.shape);
  return { ...env, ...Object.fromEntries(names.flatMap((name) => readValueFile(env, name))) };
}

function readValueFile(env: Variables, name: string): [name: string, value: string][] {
  const variable = `${name}_FILE`;
  const path = env[variable]?.trim();
  if (!path) return [];
  if (env[name]?.trim()) throw new ConfigError(variable, `and ${name} are both set: unset one of them`);
  const value = readText(variable, path).trim();
  // With an empty DATABASE_URL, the embedded database would be started.
  if (value === '') throw new ConfigError(variable, `names a file that is empty: ${path}`);
  return [[name, value]];
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

/** Reads the file that a variable names. @throws ConfigError with the reason why it cannot be read. */
export function readText(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ConfigError(variable, `names a file that cannot be read: ${path} (${reasons[code] ?? code})`);
  }
}
