import { keepCompiledCode } from '../config/compiled-code.ts';

keepCompiledCode();
const { runServer } = await import('./process.ts');
await runServer();
