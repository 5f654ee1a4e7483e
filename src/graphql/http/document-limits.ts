import { maxAliasesPlugin } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthPlugin } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesPlugin } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { type ValidationRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { DocumentLimits } from '../../config/config.ts';
import { limitExceeded, type RequestLimit } from '../schema/request-limits.ts';
import { limitRepetition } from './document-size.ts';
import { limitNames } from './limits.ts';

/**
 * Refuses documents above a limit before anything is executed: each alias of a field repeats its work. Tokens are counted
 * while the document is parsed, so a document that nests too deeply is not parsed to its end.
 */
export function limitDocuments({ characters, nameLength, tokens, depth, aliases, directives }: DocumentLimits) {
  return [
    limitErrors(),
    addRule(limitRepetition),
    ...(characters === 0 ? [] : [limitCharacters(characters)]),
    ...(tokens === 0 ? [] : [maxTokensPlugin({ n: tokens, onReject: [refuse('tokens', tokens)] })]),
    ...(nameLength === 0 ? [] : [addRule(limitNames(nameLength))]),
    ...(depth === 0 ? [] : [maxDepthPlugin({ n: depth, onReject: [refuse('depth', depth)] })]),
    ...(aliases === 0 ? [] : [maxAliasesPlugin({ n: aliases, allowList: [], onReject: [refuse('aliases', aliases)] })]),
    ...(directives === 0 ? [] : [maxDirectivesPlugin({ n: directives, onReject: [refuse('directives', directives)] })]),
  ];
}

/** Comments are not tokens, and are stored with the document. */
function limitCharacters(allowed: number): Plugin {
  return {
    onParse({ params: { source } }) {
      const { length } = typeof source === 'string' ? source : source.body;
      if (length > allowed) throw limitExceeded('characters', length, allowed);
    },
  };
}

/** Each error of a document takes about a tenth of a millisecond to make. */
const errorsMax = 20;

function limitErrors(): Plugin {
  return {
    onValidate: ({ setValidationFn }) =>
      setValidationFn((schema, document, rules, typeInfo) => validate(schema, document, rules, { maxErrors: errorsMax }, typeInfo)),
  };
}

function addRule(rule: ValidationRule): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(rule) };
}

/** Replaces the message of the library, which calls everything a syntax error. Tokens are counted up to the first above the limit. */
function refuse(limit: RequestLimit, allowed: number) {
  return (_context: unknown, { message }: Error): never => {
    const found = /found (\d+)/.exec(message)?.[1];
    throw limitExceeded(limit, found === undefined ? allowed + 1 : Number(found), allowed);
  };
}
