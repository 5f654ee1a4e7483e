import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { findPrograms } from '../src/db/embedded/programs.ts';
import { afterwards } from './afterwards.ts';
import { createFolder, findProcesses, readLog, untilStopped, useDatabase } from './embedded.ts';
import { failToStart, until } from './processes.ts';

const identifier = 'SELECT system_identifier::text FROM pg_control_system()';
const createDataDir = () => join(createFolder(), 'data');

let original: Promise<string> | undefined;

/** A copy of a data folder whose database was made, used and stopped. */
async function createUsedDataDir() {
  original ??= makeOriginal();
  const dataDir = createDataDir();
  execFileSync('cp', ['-a', await original, dataDir]);
  return dataDir;
}

async function makeOriginal() {
  const dataDir = createDataDir();
  const first = useDatabase(dataDir);
  await first.query('CREATE TABLE kept (name text)');
  await first.query(`INSERT INTO kept VALUES ('ada')`);
  await first.end();
  await untilStopped(dataDir);
  return dataDir;
}

describe.concurrent('the embedded database', () => {
  test('is created once by several first starts at once, and shared', async () => {
    const dataDir = createDataDir();
    const uses = Array.from({ length: 4 }, () => useDatabase(dataDir));
    const answers = await Promise.all(uses.map((use) => use.query(identifier)));
    expect(new Set(answers.map((rows) => rows[0].system_identifier)).size).toBe(1);
    expect(readdirSync(join(dataDir, 'postgresql')).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
    await Promise.all(uses.map((use) => use.end()));
    await untilStopped(dataDir);
  });

  test.each([100, 300, 600])('is created again when two first starts are killed after %d ms', async (ms) => {
    const dataDir = createDataDir();
    const killed = [useDatabase(dataDir), useDatabase(dataDir)];
    // Counted from the creation of the folder: loading Node takes longer than the start.
    await until(() => existsSync(join(dataDir, 'postgresql')));
    await sleep(ms);
    await Promise.all(killed.map((use) => use.kill()));
    const next = useDatabase(dataDir);
    expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(join(dataDir, 'postgresql')).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
    await next.end();
    await untilStopped(dataDir);
  });

  test('runs while any process uses it, and is shut down after the last', async () => {
    const dataDir = await createUsedDataDir();
    const first = useDatabase(dataDir);
    await first.ready();
    const second = useDatabase(dataDir);
    await second.ready();
    await first.end();
    await sleep(500);
    expect(await second.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    await second.end();
    await untilStopped(dataDir);
    expect(readLog(dataDir).trimEnd()).toMatch(/database system is shut down$/);
  });

  test('is shut down too when the last process is killed', async () => {
    const dataDir = await createUsedDataDir();
    const uses = [useDatabase(dataDir), useDatabase(dataDir)];
    await Promise.all(uses.map((use) => use.ready()));
    await Promise.all(uses.map((use) => use.kill()));
    await untilStopped(dataDir);
    expect(readLog(dataDir).trimEnd()).toMatch(/database system is shut down$/);
  });

  test('serves many processes that start and end', async () => {
    const dataDir = await createUsedDataDir();
    const visit = async (turn: number) => {
      await sleep((turn * 137) % 1_500);
      const use = useDatabase(dataDir);
      expect(await use.query(`INSERT INTO kept VALUES ('${turn}') RETURNING name`)).toEqual([{ name: String(turn) }]);
      await (turn % 2 === 0 ? use.kill() : use.end());
    };
    await Promise.all(Array.from({ length: 10 }, (_, turn) => visit(turn)));
    const last = useDatabase(dataDir);
    expect(await last.query('SELECT count(*)::int FROM kept')).toEqual([{ count: 11 }]);
    await last.end();
    await untilStopped(dataDir);
  });
});

describe.concurrent('the embedded database starts again while it is used', () => {
  test.each([
    ['PostgreSQL', ['postgres']],
    ['its supervisor', ['supervisor']],
    ['the reader of the FIFO', ['reader']],
    ['the whole supervisor', ['supervisor', 'reader']],
    ['everything', ['supervisor', 'reader', 'postgres']],
  ] as const)('when %s is killed', async (_name, names) => {
    const dataDir = await createUsedDataDir();
    const use = useDatabase(dataDir);
    await use.ready();
    const processes = findProcesses(dataDir);
    for (const name of names) process.kill(processes[name], 'SIGKILL');
    // After two seconds, the loss is detected: each process checks every second.
    await sleep(2_500);
    await until(async () => Array.isArray(await use.query('SELECT name FROM kept')));
    const other = useDatabase(dataDir);
    expect(await other.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    await other.end();
    expect(await use.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    await use.end();
    await untilStopped(dataDir);
  });

  test('when everything was killed and another process has the id of PostgreSQL', async () => {
    const dataDir = await createUsedDataDir();
    const use = useDatabase(dataDir);
    await use.ready();
    const { postgres, supervisor, reader } = findProcesses(dataDir);
    const { uid, gid } = statSync(join(dataDir, 'postgresql'));
    await use.kill();
    for (const id of [supervisor, reader, postgres]) process.kill(id, 'SIGKILL');
    const unrelated = spawn('sleep', ['1000'], { ...(process.getuid?.() === 0 ? { uid, gid } : {}) });
    afterwards(() => unrelated.kill());
    const pidFile = join(dataDir, 'postgresql/cluster/postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(unrelated.pid)));
    const next = useDatabase(dataDir);
    expect(await next.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    expect(unrelated.exitCode).toBeNull();
    await next.end();
    await untilStopped(dataDir);
  });
});

describe.concurrent('a data folder', () => {
  test('can have a path that is too long for a socket', async () => {
    const dataDir = join(createFolder(), 'long'.repeat(40), 'it\'s a, "folder"');
    const use = useDatabase(dataDir);
    expect(await use.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await use.end();
    await untilStopped(dataDir);
  });

  test('of another major version is refused, with both versions and the release that opens it', async () => {
    const dataDir = await createUsedDataDir();
    writeFileSync(join(dataDir, 'app.key'), `base64:${'A'.repeat(43)}=\n`);
    writeFileSync(join(dataDir, 'postgresql/cluster/PG_VERSION'), '17\n');
    writeFileSync(join(dataDir, 'postgresql/release'), '0.0.9\n');
    const { code, stderr } = await failToStart({ DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(stderr).toMatch(/was made by PostgreSQL 17, and this release has PostgreSQL 18\. Start release 0\.0\.9,/);
  });

  test('of release 0.1.0 is refused, and nothing is created beside its database', async () => {
    const dataDir = createDataDir();
    mkdirSync(join(dataDir, 'pgdata'), { recursive: true });
    writeFileSync(join(dataDir, 'pgdata/PG_VERSION'), '17\n');
    writeFileSync(join(dataDir, 'app.key'), `base64:${'A'.repeat(43)}=\n`);
    const { code, stderr } = await failToStart({ DATA_DIR: dataDir });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/pgdata was made by release 0\.1\.0, .* move it away to begin with an empty/),
    ]);
    expect(readdirSync(dataDir).sort()).toEqual(['app.key', 'pgdata']);
  });

  test('has a log of PostgreSQL of limited size', async () => {
    const dataDir = await createUsedDataDir();
    appendFileSync(join(dataDir, 'postgresql/log'), 'x'.repeat(2_000_000));
    const use = useDatabase(dataDir);
    await use.ready();
    expect(readLog(dataDir).length).toBeLessThan(100_000);
    await use.end();
    await untilStopped(dataDir);
  });
});

test('a platform without an embedded PostgreSQL is refused, with its name and DATABASE_URL', () => {
  expect(() => findPrograms('win32', 'x64')).toThrow(/no embedded PostgreSQL for win32 on x64\. .*DATABASE_URL/);
  expect(() => findPrograms('linux', 'riscv64')).toThrow(/DATABASE_URL/);
});
