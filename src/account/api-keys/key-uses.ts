import type { Database } from '../../db/database.ts';

/** When keys were last used: noted at once in memory, written behind, never waited for by a request. */
export type KeyUses = {
  /** Notes a use. */
  note(apiKeyId: number, at: Date): void;
  /** The use that is noted and perhaps not written yet. */
  latest(apiKeyId: number): Date | undefined;
  /** Writes what is noted, in one statement. */
  flush(): Promise<void>;
  /** Writes what is noted and stops. */
  close(): Promise<void>;
};

/**
 * Starts noting. However often a key is used, it costs one row of one statement an interval.
 * @param onError hears of a write that failed; its notes are kept for the next.
 */
export function createKeyUses(db: Database, intervalMs: number, onError: (error: unknown) => void): KeyUses {
  let noted = new Map<number, Date>();
  let writing = Promise.resolve();
  const write = async () => {
    const batch = noted;
    if (batch.size === 0) return;
    try {
      await writeUses(db, batch);
      for (const [id, at] of batch) if (noted.get(id) === at) noted.delete(id);
    } catch (error) {
      onError(error);
    }
  };
  const flush = () => {
    writing = writing.then(write);
    return writing;
  };
  const timer = setInterval(flush, intervalMs).unref();
  return {
    note: (id, at) => void noted.set(id, at),
    latest: (id) => noted.get(id),
    flush,
    close: async () => {
      clearInterval(timer);
      await flush();
      noted = new Map();
    },
  };
}

async function writeUses(db: Database, uses: ReadonlyMap<number, Date>): Promise<void> {
  const ids = [...uses.keys()];
  const times = [...uses.values()].map((at) => at.toISOString());
  await db.$executeRaw`
    UPDATE api_keys SET last_used_at = uses.at
    FROM unnest(${ids}::int[], ${times}::timestamptz[]) AS uses (id, at)
    WHERE api_keys.id = uses.id AND (api_keys.last_used_at IS NULL OR api_keys.last_used_at < uses.at)`;
}
