import type { Plugin } from 'graphql-yoga';
import { hideSuggestion, noIntrospection } from './documents.ts';

/** Tells nobody the schema: not whole, and not name by name in what an error suggests. */
export function useNoIntrospection(): Plugin {
  return {
    onValidate: ({ addValidationRule }) => addValidationRule(noIntrospection),
    onResultProcess({ result }) {
      for (const one of Array.isArray(result) ? result : [result]) {
        if ('errors' in one) one.errors?.forEach(hideSuggestion);
      }
    },
  };
}
