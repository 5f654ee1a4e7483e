/** Counts the uses of API keys from addresses that they are not allowed from, of which few have a row of activity. */
export type RefusedUses = {
  /** Counts a use. @returns the uses since the last row, where this use has the next; null within a minute of the last row. */
  count(key: string, at: Date): number | null;
  /** Takes back that a use has a row: another instance wrote one, or it could not be written. */
  withdraw(key: string, between: number): void;
};

const minuteMs = 60_000;
/** Keys and networks that are counted at the same time. The one that was counted first is forgotten first. */
const countedMax = 10_000;

export function createRefusedUses(): RefusedUses {
  const counted = new Map<string, { since: number; between: number }>();
  return {
    count: (key, at) => {
      const found = counted.get(key);
      if (found && at.getTime() - found.since < minuteMs) {
        found.between += 1;
        return null;
      }
      counted.delete(key);
      counted.set(key, { since: at.getTime(), between: 0 });
      const [oldest] = counted.size > countedMax ? counted.keys() : [];
      if (oldest !== undefined) counted.delete(oldest);
      return found?.between ?? 0;
    },
    withdraw: (key, between) => {
      const found = counted.get(key);
      if (found) found.between += between + 1;
    },
  };
}
