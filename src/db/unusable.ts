/** The database cannot be used. The message is for the operator and says why. */
export class DatabaseUnusable extends Error {
  override readonly name: string = 'DatabaseUnusable';
}
