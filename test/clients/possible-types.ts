import { type GraphQLSchema, isAbstractType } from 'graphql';

/** Has codegen write which types stand behind each interface and union, as its plugin `fragment-matcher` would. */
export function plugin(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap()).filter(isAbstractType);
  const possibleTypes = types.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]);
  return `export const possibleTypes = ${JSON.stringify(Object.fromEntries(possibleTypes), null, 2)};\n`;
}
