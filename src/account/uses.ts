import type { Database } from '../db/database.ts';

/** When things were last used: noted at once in memory, written behind, never waited for by a request. */
export type Uses = {
  /** Notes a use. */
  note(id: number, at: Date): void;
  /** The use that is noted and perhaps not written yet. */
  latest(id: number): Date | undefined;
  /** Writes what is noted, in one statement. */
  flush(): Promise<void>;
  /** Writes what is noted and stops. */
  close(): Promise<void>;
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

/**
 * Starts noting. However often a thing is used, it costs one row of one statement an interval.
 * @param onError hears of a write that failed; its notes are kept for the next.
 */
export function createUses(write: WriteUses, intervalMs: number, onError: (error: unknown) => void): Uses {
  const noted = new Map<number, Date>();
  let writing = Promise.resolve();
  const writeNoted = async () => {
    const batch = new Map(noted);
    if (batch.size === 0) return;
    try {
      await write(
        [...batch.keys()],
        [...batch.values()].map((at) => at.toISOString()),
      );
      for (const [id, at] of batch) if (noted.get(id) === at) noted.delete(id);
    } catch (error) {
      onError(error);
    }
  };
  const flush = () => {
    writing = writing.then(writeNoted);
    return writing;
  };
  const timer = setInterval(flush, intervalMs).unref();
  return {
    note: (id, at) => void noted.set(id, at),
    latest: (id) => noted.get(id),
    flush,
    close: () => {
      clearInterval(timer);
      return flush();
    },
  };
}
