import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Runs after an installation. The command line of Prisma is a development dependency of more than 200 MB: an installation
// for production takes the generated code from a full one.
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

if (existsSync(path('../node_modules/prisma'))) {
  process.exit(spawnSync('prisma', ['generate'], { stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1);
}
if (!existsSync(path('../src/generated'))) {
  console.error('The gateway needs src/generated. Copy it from an installation with `npm ci`, as the Dockerfile does.');
}
