import { type GraphQLError, type GraphQLSchema, NoSchemaIntrospectionCustomRule, parse, validate } from 'graphql';

/** The validation rule that refuses documents which ask for the schema; `__typename` stays. */
export const noIntrospection = NoSchemaIntrospectionCustomRule;

/** Takes the names of the schema out of an error that suggests what may have been meant. */
export function hideSuggestion(error: GraphQLError): GraphQLError {
  error.message = error.message.replace(/ ?Did you mean [\s\S]*\?$/, '');
  return error;
}

/** Which of the documents cannot be run on a schema, by their ids, and why. */
export function findUnfit(schema: GraphQLSchema, documents: ReadonlyMap<string, string>): { id: string; reason: string }[] {
  return [...documents].flatMap(([id, text]) => {
    const reason = reasonAgainst(schema, text);
    return reason === null ? [] : [{ id, reason }];
  });
}

function reasonAgainst(schema: GraphQLSchema, text: string): string | null {
  try {
    return validate(schema, parse(text))[0]?.message ?? null;
  } catch (error) {
    return String(error);
  }
}
