import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** What a room may import beside itself. Arrows point down: never up, never sideways. */
const below: Record<string, readonly string[]> = {
  config: [],
  crypto: ['config'],
  db: ['config', 'generated'],
  limits: ['config'],
  account: ['crypto', 'db', 'limits', 'config'],
  auth: ['account', 'crypto', 'db', 'limits', 'config'],
  graphql: ['account', 'crypto', 'db', 'limits', 'config', 'generated'],
  rest: ['account', 'crypto', 'db', 'limits', 'config'],
  server: ['graphql', 'rest', 'auth', 'account', 'crypto', 'db', 'limits', 'config'],
  cli: ['account', 'crypto', 'db', 'limits', 'config', 'graphql/schema.ts', 'server/explain.ts', 'server/open.ts', 'server/tools.ts'],
};

/** Where a package lives, and nowhere else. A package that is not here lives nowhere: give it its room first. */
const homes: readonly (readonly [name: RegExp, rooms: readonly string[]])[] = [
  [/^(otplib|qrcode)$/, ['account/two-factor']],
  [/^sshpk$/, ['account/ssh-keys']],
  [/^ipaddr\.js$/, ['account/api-keys']],
  [/^zod$/, ['account']],
  [/^(@pothos\/[\w-]+|graphql)$/, ['graphql']],
  [
    /^(graphql-yoga|@graphql-yoga\/[\w-]+|@whatwg-node\/server|lru-cache|@escape\.tech\/graphql-armor-[\w-]+|pino|prom-client)$/,
    ['server'],
  ],
  [/^(argon2|bcryptjs|@zxcvbn-ts\/language-common|node:crypto)$/, ['crypto']],
  [/^(@prisma\/[\w-]+|@electric-sql\/pglite|pglite-prisma-adapter|node:sqlite)$/, ['db']],
  [/^(rate-limiter-flexible|redis|ioredis|@redis\/[\w-]+)$/, ['limits']],
  [/^commander$/, ['cli']],
  [/^node:(http|https|http2)$/, ['server']],
  [
    /^node:(?!crypto$|sqlite$|http|https|http2|process$)[\w/]+$/,
    ['account', 'auth', 'cli', 'config', 'crypto', 'db', 'graphql', 'limits', 'rest', 'server'],
  ],
];

/** An import as it stands in a file. */
type Import = { readonly file: string; readonly specifier: string };

/** What is wrong with an import; null when nothing is. Paths are below `src`. */
function judge({ file, specifier }: Import): string | null {
  const room = file.split('/')[0] ?? '';
  if (!specifier.startsWith('.')) return judgePackage(file, specifier);
  const target = join(dirname(file), specifier);
  const targetRoom = target.split('/')[0] ?? '';
  if (target.startsWith('..')) return `${file} imports ${specifier}: outside of src`;
  const allowed = below[room];
  if (!allowed) return `${file}: a room without a place in the house`;
  if (targetRoom === room || allowed.some((one) => one === target || one === targetRoom)) return null;
  return `${file} imports ${specifier}: ${room} may not import ${targetRoom}`;
}

function judgePackage(file: string, specifier: string): string | null {
  const name = packageOf(specifier);
  if (isBuiltin(specifier) && !specifier.startsWith('node:')) return `${file} imports ${specifier}: write node:${specifier}`;
  const rooms = homes.find(([pattern]) => pattern.test(name))?.[1];
  if (!rooms) return `${file} imports ${specifier}: a package without a room`;
  return rooms.some((room) => file.startsWith(`${room}/`)) ? null : `${file} imports ${specifier}: it lives in ${rooms.join(', ')} alone`;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Every module a file names, in whatever form: static, type-only, re-export, dynamic, require, import(). */
function importsOf(file: string, source: string): Import[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
  const forms =
    /(?:^|[\s;}])(?:import|export)\s(?:[^'"`;()]*?\sfrom\s*)?['"]([^'"]+)['"]|\b(?:import|require(?:\.resolve)?|createRequire\([^)]*\)(?:\.resolve)?)\s*\(\s*['"`]([^'"`]+)['"`]/g;
  return [...code.matchAll(forms)].map(([, quoted, called]) => ({ file, specifier: quoted ?? called ?? '' }));
}

/** Where the environment is read outside of the one room that may. */
function readsOfEnvironment(file: string, source: string): string[] {
  if (file.startsWith('config/')) return [];
  const isRead = /process\s*(?:\?\.|\.)\s*env\b|process\s*\[\s*['"`]env|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b|node:process/.test(source);
  return isRead ? [`${file} reads process.env: config does, once`] : [];
}

function examine(file: string, source: string): string[] {
  return [...importsOf(file, source).flatMap((found) => judge(found) ?? []), ...readsOfEnvironment(file, source)];
}

const root = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.[cm]?[jt]s$/.test(file) && !file.startsWith('generated/'),
);

describe('the rooms of the house', () => {
  test('import themselves, the rooms below them, and the packages that live in them', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((file) => examine(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  test('hold every file: none lies beside them', () => {
    expect(files.filter((file) => !below[file.split('/')[0] ?? ''])).toEqual([]);
  });

  test('keep the domain free of its doors: no request, no status phrase, no GraphQL', () => {
    const words = /\b(?:Request|Response|Headers|URLSearchParams|GraphQL\w*)\b/;
    const guilty = files
      .filter((file) => file.startsWith('account/'))
      .filter((file) => words.test(readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')));
    expect(guilty).toEqual([]);
  });

  test('are entered by the file that is meant, not by a barrel', () => {
    expect(files.filter((file) => /(?:^|\/)(?:index|utils|helpers|common)\.[jt]s$/.test(file))).toEqual([]);
  });
});

describe('a wrong import is named, with its file', () => {
  test.each([
    ['account/profile.ts', `import { rest } from '../rest/rest.ts';`, 'account may not import rest'],
    ['account/profile.ts', `import type { Gateway } from '../server/gateway.ts';`, 'account may not import server'],
    ['account/api-keys/api-keys.ts', `export * from '../../graphql/schema.ts';`, 'account may not import graphql'],
    ['graphql/profile.ts', `const { x } = await import('../rest/profile.ts');`, 'graphql may not import rest'],
    ['rest/rest.ts', `import {\n  identify,\n  greet,\n} from '../auth/identify.ts';`, 'rest may not import auth'],
    ['auth/identify.ts', `import '../graphql/schema.ts'`, 'auth may not import graphql'],
    ['db/database.ts', `import { hash } from '../crypto/digest.ts';`, 'db may not import crypto'],
    ['config/config.ts', `import { db } from "../db/database.ts";`, 'config may not import db'],
    ['server/gateway.ts', `import { main } from '../cli/main.ts';`, 'server may not import cli'],
    ['rest/profile.ts', `import { Prisma } from '../generated/prisma/client.ts';`, 'rest may not import generated'],
    ['cli/main.ts', `import { createGateway } from '../server/gateway.ts';`, 'cli may not import server'],
    ['account/profile.ts', `let a: import('../rest/rest.ts').Route;`, 'account may not import rest'],
    ['account/profile.ts', `import pkg from '../../package.json' with { type: 'json' };`, 'outside of src'],
    ['account/profile.ts', `import { GraphQLError } from 'graphql';`, 'lives in graphql alone'],
    ['rest/rest.ts', `import pino from 'pino';`, 'lives in server alone'],
    ['account/profile.ts', `import { createHash } from 'node:crypto';`, 'lives in crypto alone'],
    ['account/profile.ts', `const a = require('node:crypto')`, 'lives in crypto alone'],
    ['account/profile.ts', `import { createHash } from 'crypto';`, 'write node:crypto'],
    ['account/ssh-keys/wire.ts', `import { authenticator } from 'otplib';`, 'lives in account/two-factor alone'],
    ['rest/rest.ts', `import { z } from 'zod/v4';`, 'lives in account alone'],
    ['account/profile.ts', `import { PrismaPg } from '@prisma/adapter-pg';`, 'lives in db alone'],
    ['account/profile.ts', `import _ from 'lodash';`, 'a package without a room'],
    ['account/profile.ts', `const key = process.env['APP_KEY'];`, 'reads process.env'],
    ['server/main.ts', `const { env } = process;`, 'reads process.env'],
    ['server/main.ts', `import { env } from 'node:process';`, 'reads process.env'],
    ['attic/box.ts', `import '../account/profile.ts';`, 'a room without a place'],
  ])('%s: %s', (file, source, complaint) => {
    const complaints = examine(file, `/** A file. */\n${source}\nexport const x = 1;\n`);
    expect(complaints.join('\n')).toContain(complaint);
    expect(complaints.every((text) => text.startsWith(file))).toBe(true);
  });

  test.each([
    [
      'server/gateway.ts',
      `import { answerRest } from '../rest/rest.ts';\nimport pino from 'pino';\nimport { createServer } from 'node:http';`,
    ],
    ['account/two-factor/code.ts', `import { verifySync } from 'otplib';\nimport { x } from '../errors.ts';`],
    ['graphql/builder.ts', `import type T from '../generated/pothos.ts';`],
    ['account/profile.ts', `// import { x } from '../rest/rest.ts';\n/* import 'graphql'; */\nconst text = 'import it from here';`],
  ])('and a right one is not: %s', (file, source) => {
    expect(examine(file, source)).toEqual([]);
  });

  test('is looked for in every file there is', () => {
    const found = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
    const missing = found
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ file, specifier }) => resolve(root, dirname(file), specifier));
    const known = new Set(readdirSync(root, { recursive: true, encoding: 'utf8' }).map((file) => resolve(root, file)));
    expect(missing.filter((path) => !known.has(path)).map((path) => relative(root, path))).toEqual([]);
    const lines = files.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/^(?:import|\} from) .*$/gm) ?? []);
    expect(found.length).toBeGreaterThanOrEqual(lines.filter((line) => /['"]/.test(line)).length);
  });
});
