import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { environment } from '../src/config/environment.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

test('.env.example has every variable, with its default and its meaning, and sets none', async () => {
  const defaults: Record<string, unknown> = environment.parse({});
  const parts = Object.entries(environment.shape).map(([name, { description }]) => {
    const fallback = defaults[name] ?? '';
    return `# ${description}\n#${name}=${Array.isArray(fallback) ? fallback.join(',') : fallback}\n`;
  });
  const head = '# Every variable of the gateway with its default. To set one, remove the # before its name.\n';
  await expect([head, ...parts].join('\n')).toMatchFileSnapshot('../.env.example');
});

test.each([
  ['docker-compose.yml', /^x-gateway:[\s\S]*?\n {2}environment:\n((?: {4}.*\n)+)/m, /^ {4}([A-Z_]+):/gm],
  ['deploy/account-gateway.service', /^Environment=(.*)$/m, /\b([A-Z_]+)=/g],
  ['Dockerfile', /^ENV (.*)$/m, /\b([A-Z_]+)=/g],
])('%s sets variables of the gateway and of Node only', (path, section, name) => {
  const [, text = ''] = section.exec(read(path)) ?? [];
  const names = [...text.matchAll(name)].map(([, found = '']) => found);
  expect(names.length).toBeGreaterThan(1);
  expect(names.filter((found) => !(found in environment.shape) && found !== 'NODE_COMPILE_CACHE')).toEqual([]);
});

test('every image is pinned to a version', () => {
  const text = `${read('docker-compose.yml')}\n${read('Dockerfile')}`;
  const images = [...text.matchAll(/^(?:\s*image:|FROM) (\S+)/gm)].map(([, image = '']) => image);
  expect(images.length).toBeGreaterThan(4);
  for (const image of images) expect(image).toMatch(/:\d+\.\d+(?:\.\d+)?(?:-slim)?$/);
});

test('the image has the Node that the tests run on', () => {
  const { devDependencies, version } = JSON.parse(read('package.json'));
  expect(read('Dockerfile').match(/^FROM node:\S+/gm)).toEqual(Array(2).fill(`FROM node:${devDependencies.node}-slim`));
  expect(read('docker-compose.yml')).toContain(`image: account-gateway:${version}\n`);
});

test('the lock file has the address of a package with a folder of programs: npm 11.6 cannot install it otherwise', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const hasFolder = (path: string) => {
    const file = new URL(`../${path}/package.json`, import.meta.url);
    const { bin, directories } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    return directories?.bin !== undefined && bin === undefined;
  };
  const found = Object.keys(packages).filter((path) => path !== '' && hasFolder(path));
  expect(found).toContain('node_modules/sshpk');
  for (const path of found) expect(packages[path].resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
});
