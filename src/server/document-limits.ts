import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import type { DocumentLimits } from '../config/config.ts';

/**
 * Refuses documents that ask for too much before anything of them is run: every alias of a field is the field's work once
 * more. The tokens are counted while parsing, so a document that nests without end is not parsed to its end.
 */
export function limitDocuments({ tokens, depth, aliases, directives }: DocumentLimits) {
  return [
    ...(tokens === 0 ? [] : [maxTokensPlugin({ n: tokens })]),
    ...(depth === 0 ? [] : [maxDepthPlugin({ n: depth })]),
    ...(aliases === 0 ? [] : [maxAliasesPlugin({ n: aliases })]),
    ...(directives === 0 ? [] : [maxDirectivesPlugin({ n: directives })]),
  ];
}
