import { ConfigError } from '../config/environment.ts';
import { isUnavailable, reasonsOf } from '../db/unavailable.ts';
import { DatabaseUnusable } from '../db/unusable.ts';

/** Codes of the system for what is wrong with a file or its disk. */
const fileReasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file is in its place',
  ENOENT: 'it does not exist, or its folder does not',
  EISDIR: 'it is a folder',
};

/** Says an error to an operator: in one line when they can act on it; anything else is a bug and keeps its stack. */
export function explainError(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseUnusable) return error.message;
  const file = explainFile(error);
  if (file !== null) return file;
  if (isUnavailable(error)) return `the database failed: ${reasonsOf(error).join('; ')}`;
  if (!(error instanceof Error)) return reasonsOf(error).join('; ') || String(error);
  return 'syscall' in error ? error.message : (error.stack ?? error.message);
}

/** Null for what is no error of a file. */
function explainFile(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null;
  const reason = fileReasons[String(error.code)];
  if (reason === undefined || error.syscall === 'connect') return null;
  // Of a file that is renamed, the name that it was to have.
  const path = 'dest' in error ? error.dest : 'path' in error ? error.path : undefined;
  return `${path ?? 'a file'} cannot be used: ${reason}`;
}
