/** The database cannot be used; the message says why to the operator, who can change it. */
export class DatabaseUnusable extends Error {
  override readonly name: string = 'DatabaseUnusable';
}
