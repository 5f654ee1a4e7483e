import type { Database } from '../db/database.ts';

/** When API keys or sessions were last used: noted in memory, and written later, so that no request waits for it. */
export type Uses = {
  /** Notes a use. */
  note(id: number, at: Date): void;
  /** The use that is noted and perhaps not yet written. */
  latest(id: number): Date | undefined;
  /** Writes what is noted, in one statement. What could not be written is kept for the next time. */
  flush(): Promise<void>;
};

/** Writes a batch of uses: ids, and for each its time in RFC 3339. */
export type WriteUses = (ids: number[], times: string[]) => Promise<unknown>;

/** The last uses of API keys. */
export function writeKeyUses(db: Database): WriteUses {
  return (ids, times) => db.$executeRaw`
    UPDATE api_keys SET last_used_at = uses.at
    FROM unnest(${ids}::int[], ${times}::timestamptz[]) AS uses (id, at)
    WHERE api_keys.id = uses.id AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < uses.at)`;
}

/** The last requests of sessions. */
export function writeSessionUses(db: Database): WriteUses {
  return (ids, times) => db.$executeRaw`
    UPDATE sessions SET last_seen_at = uses.at
    FROM unnest(${ids}::int[], ${times}::timestamptz[]) AS uses (id, at)
    WHERE sessions.id = uses.id AND sessions.last_seen_at < uses.at`;
}

/** Any number of uses of one thing costs one row of one statement at each flush. */
export function createUses(write: WriteUses): Uses {
  const noted = new Map<number, Date>();
  let writing = Promise.resolve();
  const writeNoted = async () => {
    // In one order, because instances that write the same rows in two would wait for each other.
    const batch = [...noted].sort(([one], [other]) => one - other);
    if (batch.length === 0) return;
    await write(
      batch.map(([id]) => id),
      batch.map(([, at]) => at.toISOString()),
    );
    for (const [id, at] of batch) if (noted.get(id) === at) noted.delete(id);
  };
  return {
    note: (id, at) => void noted.set(id, at),
    latest: (id) => noted.get(id),
    flush: () => {
      writing = writing.catch(() => undefined).then(writeNoted);
      return writing;
    },
  };
}
