import { DatabaseUnusable } from '../unusable.ts';

/** What a backup says of itself. */
export type BackupHeader = {
  /** The form of the file. */
  readonly format: number;
  /** The time of its snapshot, in RFC 3339. */
  readonly madeAt: string;
  /** The id of a key that the server sealed with. */
  readonly keyId: string;
  readonly migrations: readonly string[];
  /** The last id that each sequence gave. */
  readonly sequences: readonly { readonly name: string; readonly last: string }[];
};

/** A table of a backup, before its rows. */
export type BackupTable = { readonly name: string; readonly columns: readonly string[] };

/** The form of the files that this release writes. It reads those up to it. */
export const backupFormat = 1;

/**
 * Reads the header of a backup whose checksum is correct.
 * @param known the migrations of this program.
 * @throws DatabaseUnusable when a newer program made it.
 */
export function readHeader(body: Buffer, known: readonly string[]): BackupHeader {
  const header: BackupHeader = JSON.parse(body.toString());
  const unknown = header.migrations.find((name) => !known.includes(name));
  if (header.format > backupFormat || unknown !== undefined) {
    throw new DatabaseUnusable(`a newer release of the gateway made the backup${unknown ? `: it has the migration ${unknown}` : ''}`);
  }
  return header;
}

/** Reads the description of a table. */
export function readTable(body: Buffer): BackupTable {
  return JSON.parse(body.toString());
}

/** A name in SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The refusal of keys that are not the right ones. @param what the backup or the database that needs one of the ids. */
export function wrongKey(what: string, ids: readonly string[]): DatabaseUnusable {
  return new DatabaseUnusable(
    `${what} needs the key ${ids.join(' or ')}, which is neither APP_KEY nor one of APP_PREVIOUS_KEYS: set APP_KEY to the key of its server`,
  );
}
