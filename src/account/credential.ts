/** What an actor was identified by. */
export type Credential =
  | { readonly kind: 'session'; readonly id: number }
  | { readonly kind: 'apiKey'; readonly id: number; readonly identifier: string }
  | { readonly kind: 'operator' };
