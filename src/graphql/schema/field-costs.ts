/** The cost of fields beside the one of every value: an SQL statement, a picture, a transaction, a hash, a type. */
export const fieldCosts = { statement: 10, picture: 50, transaction: 50, secret: 100, introspection: 500 } as const;
