import { type GraphQLSchema, isAbstractType } from 'graphql';

/** A plugin of GraphQL Code Generator: writes the types of each interface and union, as its plugin `fragment-matcher` does. */
export function plugin(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType);
  const possibleTypes = types.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]);
  return `export const possibleTypes = ${JSON.stringify(Object.fromEntries(possibleTypes), null, 2)};\n`;
}
