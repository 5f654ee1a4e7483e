import type { Plugin } from 'graphql-yoga';
import { asBadRequest } from './errors.ts';

/** Gives every error of a document or its variables the code that callers know, also where no resolver ran. */
export function useErrorCodes(): Plugin {
  return {
    onResultProcess({ result }) {
      for (const one of Array.isArray(result) ? result : [result]) {
        if ('errors' in one) one.errors?.forEach(asBadRequest);
      }
    },
  };
}
