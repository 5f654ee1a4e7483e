/** What an actor was identified by. */
export type Credential =
  | { readonly kind: 'session'; readonly id: number }
  | {
      readonly kind: 'apiKey';
      readonly id: number;
      readonly identifier: string;
      /** The addresses and ranges that it is allowed from; none: any address. A key keeps them until it is deleted. */
      readonly allowedIps: readonly string[];
      /** The id of the first key of its family. */
      readonly familyId: number;
      /** The id of the session that the family was made in; null where it was made in none. */
      readonly madeInSessionId: number | null;
    }
  | { readonly kind: 'operator' };
