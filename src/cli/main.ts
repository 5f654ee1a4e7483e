import { keepCompiledCode } from '../config/compiled-code.ts';

keepCompiledCode();
const { runCommand } = await import('./program.ts');
// Exits at once: connections can keep timers.
process.exit(await runCommand(process.argv.slice(2)));
