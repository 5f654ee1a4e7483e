import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const tools = ['config'];
const domain = ['crypto', 'db', 'rate-limits', 'net', 'config'];
const api = ['account', ...domain];
const withoutDatabase = api.filter((layer) => layer !== 'db');

/** What a layer may import beside itself. Imports point down: never up, never sideways. */
const below: Record<string, readonly string[]> = {
  config: [],
  net: tools,
  crypto: tools,
  db: [...tools, 'generated'],
  'rate-limits': tools,
  account: domain,
  auth: api,
  graphql: [...withoutDatabase, 'generated'],
  rest: withoutDatabase,
  pages: api,
  server: ['graphql', 'rest', 'auth', 'pages', ...api],
  cli: [...api, 'graphql/schema/schema.ts', 'server/explain.ts', 'server/open.ts', 'server/tools.ts'],
};

/** The layers that may use a package. A package that is not listed may not be used. */
const packageLayers: readonly (readonly [name: RegExp, layers: readonly string[]])[] = [
  [/^(otplib|qrcode)$/, ['account/two-factor']],
  [/^(sshpk|@noble\/curves)$/, ['account/ssh-keys']],
  [/^ipaddr\.js$/, ['net']],
  [/^tldts$/, ['config']],
  [/^zod$/, ['account', 'config', 'rest']],
  [/^@pothos\/[\w-]+$/, ['graphql']],
  [/^graphql$/, ['graphql']],
  [/^lru-cache$/, ['graphql/http', 'rate-limits', 'net']],
  [/^(graphql-yoga|@escape\.tech\/graphql-armor-[\w-]+)$/, ['graphql/http']],
  [/^negotiator$/, ['graphql/http', 'server']],
  [/^(pino|prom-client)$/, ['server']],
  [/^(argon2|bcrypt|@zxcvbn-ts\/[\w-]+)$/, ['crypto']],
  [/^node:crypto$/, ['crypto', 'db']],
  [/^(@prisma\/[\w-]+|pg)$/, ['db']],
  [/^(rate-limiter-flexible|redis|ioredis|@redis\/[\w-]+)$/, ['rate-limits']],
  [/^commander$/, ['cli']],
  [/^node:(http|https|http2)$/, ['server']],
  [/^node:(?!crypto$|http|https|http2|process$)[\w/]+$/, Object.keys(below)],
];

/** An import of a file. */
type Import = { readonly file: string; readonly specifier: string };

/** What is wrong with an import; null when nothing is. Paths are below `src`. */
function judge({ file, specifier }: Import): string | null {
  const layer = file.split('/')[0] ?? '';
  if (!specifier.startsWith('.')) return judgePackage(file, specifier);
  const target = join(dirname(file), specifier);
  const targetLayer = target.split('/')[0] ?? '';
  if (target.startsWith('..')) return `${file} imports ${specifier}: outside of src`;
  const allowed = below[layer];
  if (!allowed) return `${file}: a layer that is not listed`;
  if (targetLayer === layer || allowed.some((one) => one === target || one === targetLayer)) return null;
  return `${file} imports ${specifier}: ${layer} may not import ${targetLayer}`;
}

function judgePackage(file: string, specifier: string): string | null {
  const name = packageOf(specifier);
  if (isBuiltin(specifier) && !specifier.startsWith('node:')) return `${file} imports ${specifier}: write node:${specifier}`;
  const layers = packageLayers.find(([pattern]) => pattern.test(name))?.[1];
  if (!layers) return `${file} imports ${specifier}: a package that is not listed`;
  return layers.some((layer) => file.startsWith(`${layer}/`)) ? null : `${file} imports ${specifier}: only ${layers.join(', ')} may`;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Every module that a file imports: static, type-only, re-export, dynamic, require, import(). */
function importsOf(file: string, source: string): Import[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
  const forms =
    /(?:^|[\s;}])(?:import|export)\s(?:[^'"`;()]*?\sfrom\s*)?['"]([^'"]+)['"]|\b(?:import|require(?:\.resolve)?|createRequire\([^)]*\)(?:\.resolve)?)\s*\(\s*['"`]([^'"`]+)['"`]/g;
  return [...code.matchAll(forms)].map(([, quoted, called]) => ({ file, specifier: quoted ?? called ?? '' }));
}

/** The files below `src` that a file imports. */
function targetsOf(file: string): string[] {
  const found = importsOf(file, readFileSync(join(root, file), 'utf8')).filter(({ specifier }) => specifier.startsWith('.'));
  return found.map(({ specifier }) => join(dirname(file), specifier));
}

/** Every way that leads from a file to itself, found from one of its files. */
function findCycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [[...way.slice(way.indexOf(file)), file].join(' → ')];
    if (done.has(file)) return [];
    const cycles = (imports.get(file) ?? []).flatMap((target) => visit(target, [...way, file]));
    done.add(file);
    return cycles;
  };
  return [...imports.keys()].flatMap((file) => visit(file, []));
}

/** Where the environment is read outside of config. */
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

describe('layers', () => {
  test('import themselves, the layers below them, and the packages listed for them', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.flatMap((file) => examine(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  test('hold every file', () => {
    expect(files.filter((file) => !below[file.split('/')[0] ?? ''])).toEqual([]);
  });

  test('keep the domain free of transports: no request, no GraphQL', () => {
    const words = /\b(?:Request|Response|Headers|URLSearchParams|GraphQL\w*)\b/;
    const violations = files
      .filter((file) => file.startsWith('account/'))
      .filter((file) => words.test(readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')));
    expect(violations).toEqual([]);
  });

  test('hold no cycle of files, types included', () => {
    expect(findCycles(new Map(files.map((file) => [file, targetsOf(file)])))).toEqual([]);
    const cycle = { a: ['b'], b: ['c', 'd'], c: ['b'], d: [] };
    expect(findCycles(new Map(Object.entries(cycle)))).toEqual(['b → c → b']);
  });

  test('have no file over 200 lines', () => {
    const lengths = files.map((file) => [file, readFileSync(join(root, file), 'utf8').split('\n').length - 1] as const);
    expect(lengths.filter(([, lines]) => lines > 200)).toEqual([]);
  });

  test('have no barrels', () => {
    expect(files.filter((file) => /(?:^|\/)(?:index|utils|helpers|common)\.[jt]s$/.test(file))).toEqual([]);
  });
});

describe('a forbidden import is named, with its file', () => {
  test.each([
    ['account/profile/profile.ts', `import { rest } from '../../rest/http/rest.ts';`, 'account may not import rest'],
    ['account/profile/profile.ts', `import type { Gateway } from '../../server/gateway.ts';`, 'account may not import server'],
    ['account/api-keys/api-keys.ts', `export * from '../../graphql/schema/schema.ts';`, 'account may not import graphql'],
    ['graphql/schema/profile.ts', `const { x } = await import('../../rest/routes/profile.ts');`, 'graphql may not import rest'],
    ['rest/http/rest.ts', `import {\n  identify,\n  createVisitor,\n} from '../../auth/identify.ts';`, 'rest may not import auth'],
    ['auth/identify.ts', `import '../graphql/schema/schema.ts'`, 'auth may not import graphql'],
    ['db/database.ts', `import { hash } from '../crypto/digest.ts';`, 'db may not import crypto'],
    ['config/config.ts', `import { db } from "../db/database.ts";`, 'config may not import db'],
    ['server/gateway.ts', `import { main } from '../cli/main.ts';`, 'server may not import cli'],
    ['rest/routes/profile.ts', `import { Prisma } from '../../generated/prisma/client.ts';`, 'rest may not import generated'],
    ['cli/main.ts', `import { createGateway } from '../server/gateway.ts';`, 'cli may not import server'],
    ['account/profile/profile.ts', `let a: import('../../rest/http/rest.ts').Route;`, 'account may not import rest'],
    ['account/profile/profile.ts', `import pkg from '../../../package.json' with { type: 'json' };`, 'outside of src'],
    ['account/profile/profile.ts', `import { GraphQLError } from 'graphql';`, 'only graphql may'],
    ['rest/http/rest.ts', `import pino from 'pino';`, 'only server may'],
    ['account/profile/profile.ts', `import { createHash } from 'node:crypto';`, 'only crypto, db may'],
    ['account/profile/profile.ts', `const a = require('node:crypto')`, 'only crypto, db may'],
    ['account/profile/profile.ts', `import { createHash } from 'crypto';`, 'write node:crypto'],
    ['account/ssh-keys/wire.ts', `import { authenticator } from 'otplib';`, 'only account/two-factor may'],
    ['auth/identify.ts', `import { z } from 'zod/v4';`, 'only account, config, rest may'],
    ['account/profile/profile.ts', `import { PrismaPg } from '@prisma/adapter-pg';`, 'only db may'],
    ['account/profile/profile.ts', `import _ from 'lodash';`, 'a package that is not listed'],
    ['account/profile/profile.ts', `const key = process.env['APP_KEY'];`, 'reads process.env'],
    ['server/main.ts', `const { env } = process;`, 'reads process.env'],
    ['server/main.ts', `import { env } from 'node:process';`, 'reads process.env'],
    ['unlisted/file.ts', `import '../account/profile.ts';`, 'a layer that is not listed'],
  ])('%s: %s', (file, source, expected) => {
    const violations = examine(file, `/** A file. */\n${source}\nexport const x = 1;\n`);
    expect(violations.join('\n')).toContain(expected);
    expect(violations.every((text) => text.startsWith(file))).toBe(true);
  });

  test.each([
    [
      'server/gateway.ts',
      `import { answerRest } from '../rest/http/rest.ts';\nimport pino from 'pino';\nimport { createServer } from 'node:http';`,
    ],
    ['account/two-factor/code.ts', `import { verifySync } from 'otplib';\nimport { x } from '../errors.ts';`],
    ['graphql/schema/builder.ts', `import type T from '../../generated/pothos.ts';`],
    [
      'account/profile/profile.ts',
      `// import { x } from '../../rest/http/rest.ts';\n/* import 'graphql'; */\nconst text = 'import it from here';`,
    ],
  ])('and a correct one is not: %s', (file, source) => {
    expect(examine(file, source)).toEqual([]);
  });

  test('is searched for in every file', () => {
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
