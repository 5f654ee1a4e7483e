import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Generates the documents and types of the clients into `generated/`, where what they are made of has changed since.
const folder = new URL('./', import.meta.url);
const madeOf = new URL('generated/made-of', folder);

const sources = readdirSync(folder).filter((name) => /\.(?:ts|mjs|json|graphql)$/.test(name));
const digest = createHash('sha256');
for (const name of [...sources, '../../schema.graphql', '../../package-lock.json']) digest.update(readFileSync(new URL(name, folder)));
const present = digest.digest('hex');

if (!existsSync(madeOf) || readFileSync(madeOf, 'utf8') !== present) {
  rmSync(new URL('generated', folder), { recursive: true, force: true });
  mkdirSync(new URL('generated/relay', folder), { recursive: true });
  writeFileSync(new URL('generated/relay-documents.json', folder), '{}');
  for (const program of ['graphql-codegen', 'relay-compiler']) {
    const path = fileURLToPath(new URL(`../../node_modules/.bin/${program}`, import.meta.url));
    execFileSync(path, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  }
  writeFileSync(madeOf, present);
}
