/** Adds the changes of an operation, once, and gives the sum of all operations of the request. */
export type CountChanges = (changes: number) => Promise<number>;

/**
 * Creates the count of the changes that one request holds. No operation is run before all of them are counted, so a batch
 * that holds too many is refused as a whole.
 * @param operations how many the request has. Each calls its counter at least once, when it ends at the latest.
 */
export function createChangeCount(operations: number): () => CountChanges {
  const all = Promise.withResolvers<number>();
  let sum = 0;
  let uncounted = operations;
  return () => {
    let isCounted = false;
    return (changes) => {
      if (isCounted) return all.promise;
      isCounted = true;
      sum += changes;
      uncounted -= 1;
      if (uncounted === 0) all.resolve(sum);
      return all.promise;
    };
  };
}
