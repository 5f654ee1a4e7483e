import { runCommand } from './program.ts';

// Exits at once: connections can keep timers.
process.exit(await runCommand(process.argv.slice(2)));
