/** Is given a table that is copied, and the bytes of it that are done. */
export type BackupProgress = (table: string, bytes: number) => void;

const stepBytes = 16 * 1024 * 1024;

/** Counts the bytes of a table, and shows the progress each 16 MiB. */
export function createProgress(table: string, onProgress: BackupProgress): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    const steps = Math.floor(done / stepBytes);
    done += bytes;
    if (Math.floor(done / stepBytes) > steps) onProgress(table, done);
  };
}
