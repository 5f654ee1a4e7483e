import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: 'operations.graphql',
  importExtension: '.ts',
  generates: {
    'generated/client/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: true },
      config: { useTypeImports: true, scalars: { DateTime: 'string', JSON: 'unknown' } },
    },
    'generated/possible-types.ts': { plugins: ['./possible-types.ts'] },
  },
};

export default config;
