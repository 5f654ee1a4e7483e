// Completes package-lock.json. A registry mirror can lack binaries for other platforms; npm then drops them from the lock,
// and `npm ci` refuses the incomplete lock. Each is added with the version that its parent pins and the platform in its
// name, so that npm skips it here and installs it on that platform.
// It also drops the optional peers of the Prisma client, its command line and TypeScript: `npm ci --omit=dev` would install
// both, which are 230 MB and needed only to generate code.
// It names the address of sshpk: it has a folder of programs, `directories.bin`, with which npm 11.6, of Node 24, fails otherwise.
// Run it after every `npm install`: node .ci/complete-lock.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'openbsd', 'netbsd', 'sunos', 'aix', 'win32'];
const processors = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el'];

function platform(name) {
  const words = name.split('/').at(-1).split('-');
  const os = systems.filter((system) => words.includes(system) || (system === 'win32' && words.includes('windows')));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.includes('musl') || words.includes('musleabihf') ? ['musl'] : words.some((word) => /^gnu/.test(word)) ? ['glibc'] : [];
  return { ...(cpu.length ? { cpu } : {}), ...(libc.length && os.includes('linux') ? { libc } : {}), ...(os.length ? { os } : {}) };
}

const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place] || lock.packages[`${path}/${place}`]) continue;
    const where = platform(name);
    if (!where.os && !where.cpu) throw new Error(`${name}: no platform in the name; add it by hand`);
    lock.packages[place] = { version, ...where, ...(entry.dev ? { dev: true } : {}), optional: true };
    added.push(`${name}@${version}`);
  }
}
const client = lock.packages['node_modules/@prisma/client'];
for (const name of ['prisma', 'typescript']) {
  delete client.peerDependencies?.[name];
  delete client.peerDependenciesMeta?.[name];
}
// They are reachable from development dependencies alone now.
for (const entry of Object.values(lock.packages)) {
  if (!entry.devOptional) continue;
  delete entry.devOptional;
  entry.dev = true;
}
const { version, ...sshpk } = lock.packages['node_modules/sshpk'];
lock.packages['node_modules/sshpk'] = { version, ...sshpk, resolved: `https://registry.npmjs.org/sshpk/-/sshpk-${version}.tgz` };
const root = lock.packages[''];
delete lock.packages[''];
lock.packages = { '': root, ...Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1))) };
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length ? `added ${added.join(' ')}` : 'complete');
