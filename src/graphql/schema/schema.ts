import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
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

/** The schema, built from the files above. */
export function buildSchema(): GraphQLSchema {
  const schema = builder.toSchema();
  resolveLoadedRows(schema);
  return schema;
}

/** The schema as text: what `schema.graphql` holds. */
export function printSdl(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
