import { runCommand } from './program.ts';

// Leaves at once: the migration engine keeps a timer of ten seconds.
process.exit(await runCommand(process.argv.slice(2)));
