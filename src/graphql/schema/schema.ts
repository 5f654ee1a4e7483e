import { GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.ts';
import { resolveLoadedRows } from './loaded-rows.ts';
import './refusals.ts';
import './viewer.ts';
import './profile.ts';
import './password.ts';
import './two-factor.ts';
import './api-keys.ts';
import './ssh-keys.ts';
import './sessions.ts';
import './activity.ts';

/** Shown on the first page of the documentation in explorers. */
const description = `The account of a game-server panel: profile, password, two-factor authentication, API keys, SSH keys, sessions and activity.

Sign in with \`signIn\`, or send an API key as \`Authorization: Bearer ptlc_…\`. Then read everything from \`viewer\`; it is null while nobody is signed in. The result of a mutation is a union of its payload and its refusals, each with \`code\` and \`message\`.`;

/** The schema, built from the files above. */
export function buildSchema(): GraphQLSchema {
  const schema = new GraphQLSchema({ ...builder.toSchema().toConfig(), description });
  resolveLoadedRows(schema);
  return schema;
}

/** The schema as text: what `schema.graphql` holds. */
export function printSdl(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
