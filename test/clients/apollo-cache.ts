import { InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { possibleTypes } from './generated/possible-types.ts';

/** Creates a cache for the schema of the gateway. */
export function createCache(): InMemoryCache {
  return new InMemoryCache({
    // Without them the cache drops `code` and `message` of a refusal, which then looks like success.
    possibleTypes,
    typePolicies: {
      // These types have no id. Without `merge`, a query of some fields removes the fields that another query read.
      Profile: { merge: true },
      TwoFactor: { merge: true },
      // The pages of one `event` form one list.
      Viewer: { fields: { activity: relayStylePagination(['event']) } },
    },
  });
}
