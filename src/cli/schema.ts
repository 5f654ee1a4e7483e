import type { Command } from 'commander';
import type { Answering } from './terminal.ts';

/** `schema`. It needs no database. */
export function addSchemaCommand(program: Command, answer: Answering): void {
  program
    .command('schema')
    .description('print the GraphQL schema')
    .action(async () => {
      const { buildSchema, printSdl } = await import('../graphql/schema/schema.ts');
      const sdl = printSdl(buildSchema());
      answer({ json: { sdl }, text: sdl });
    });
}
