// Lints GraphQL only. Biome lints the code.
import graphql from '@graphql-eslint/eslint-plugin';

const schema = 'schema.graphql';
const documents = 'test/clients/operations.graphql';

const shared = {
  plugins: { '@graphql-eslint': graphql },
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema, documents } } },
};

// A Node has an id. A payload, a refusal or a page has none.
const { '@graphql-eslint/strict-id-in-types': _, ...recommended } = graphql.configs['flat/schema-recommended'].rules;
const [, names] = recommended['@graphql-eslint/naming-convention'];

const described = ['types', 'rootField', 'FieldDefinition', 'InputValueDefinition', 'EnumValueDefinition', 'DirectiveDefinition'];

export default [
  {
    files: [schema],
    ...shared,
    rules: {
      ...recommended,
      ...graphql.configs['flat/schema-relay'].rules,
      // A list without a limit is a connection. A list with a limit is a plain list.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      '@graphql-eslint/require-description': ['error', Object.fromEntries(described.map((kind) => [kind, true]))],
      '@graphql-eslint/naming-convention': [
        'error',
        {
          ...names,
          InputObjectTypeDefinition: { style: 'PascalCase', requiredSuffixes: ['Input'] },
          UnionTypeDefinition: { style: 'PascalCase', requiredSuffixes: ['Result'] },
        },
      ],
      '@graphql-eslint/input-name': ['error', { checkInputType: true, caseSensitiveInputType: false }],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
    },
  },
  { files: [documents], ...shared, rules: graphql.configs['flat/operations-recommended'].rules },
];
