import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPrograms } from '../src/db/embedded/programs.ts';
import { afterwards } from './afterwards.ts';
import { createFolder, findProcesses, readLog, readPostgres, untilStopped, useDatabase, useHere } from './embedded.ts';
import { until } from './processes.ts';
import { explainStart } from './start-here.ts';

const identifier = 'SELECT system_identifier::text FROM pg_control_system()';
const createDataDir = () => join(createFolder(), 'data');

let original: Promise<string> | undefined;

/** A copy of a data folder whose database was made, used and stopped. */
async function createUsedDataDir(dataDir = createDataDir()) {
  original ??= makeOriginal();
  execFileSync('cp', ['-a', await original, dataDir]);
  return dataDir;
}

async function makeOriginal() {
  const dataDir = createDataDir();
  const use = await useHere(dataDir);
  await use.query('CREATE TABLE kept (name text)');
  await use.query(`INSERT INTO kept VALUES ('ada')`);
  use.end();
  await untilStopped(dataDir);
  return dataDir;
}

describe.concurrent('the embedded database', () => {
  test('is created once by several first starts at once, and shared', async () => {
    const dataDir = createDataDir();
    const uses = await Promise.all([useDatabase(dataDir), useDatabase(dataDir), useHere(dataDir)]);
    const answers = await Promise.all(uses.map((use) => use.query(identifier)));
    expect(new Set(answers.map((rows) => rows[0].system_identifier)).size).toBe(1);
    expect(readdirSync(join(dataDir, 'postgresql')).filter((name) => name.startsWith('cluster'))).toEqual(['cluster']);
    await Promise.all(uses.map((use) => use.end()));
    await untilStopped(dataDir);
  });

  test.each([
    ['its folder is created', /^/, ['cluster']],
    ['the first cluster is begun', /^cluster\.\d+$/, ['cluster']],
    // What the second start has begun is left beside it.
    ['the first cluster is in place', /^cluster$/, expect.arrayContaining(['cluster'])],
  ])('is created again when two first starts are killed once %s', async (_moment, name, clusters) => {
    const dataDir = createDataDir();
    const killed = [useDatabase(dataDir), useDatabase(dataDir)];
    const folder = join(dataDir, 'postgresql');
    await until(() => existsSync(folder) && ['', ...readdirSync(folder)].some((entry) => name.test(entry)));
    await Promise.all(killed.map((use) => use.kill()));
    const next = await useHere(dataDir);
    expect(await next.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(folder).filter((entry) => entry.startsWith('cluster'))).toEqual(clusters);
    next.end();
    await untilStopped(dataDir);
  });

  test('runs while any process uses it, and is shut down after the last', async () => {
    const dataDir = await createUsedDataDir();
    const first = useDatabase(dataDir);
    await first.ready();
    const second = await useHere(dataDir);
    const started = 'SELECT pg_postmaster_start_time()::text AS at';
    const [before] = await second.query(started);
    await first.end();
    const third = useDatabase(dataDir);
    await third.ready();
    await third.end();
    expect(await second.query(started)).toEqual([before]);
    expect(await second.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    second.end();
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
      const use = useDatabase(dataDir);
      expect(await use.query(`INSERT INTO kept VALUES ('${turn}') RETURNING name`)).toEqual([{ name: String(turn) }]);
      await (turn % 2 === 0 ? use.kill() : use.end());
    };
    const visitInTurn = async (turns: number[]) => {
      for (const turn of turns) await visit(turn);
    };
    await Promise.all([[0, 1, 2], [3, 4], [5], [6]].map(visitInTurn));
    const last = await useHere(dataDir);
    expect(await last.query('SELECT count(*)::int FROM kept')).toEqual([{ count: 8 }]);
    last.end();
    await untilStopped(dataDir);
  });
});

describe.concurrent('the embedded database starts again while it is used', () => {
  test.each([
    ['PostgreSQL', ['postgres']],
    ['the reader of the FIFO', ['reader']],
    ['the whole supervisor', ['supervisor', 'reader']],
    ['everything', ['supervisor', 'reader', 'postgres']],
    // The reader is enough: PostgreSQL goes on, and stops after its last use.
    ['its supervisor', ['supervisor'], 'goes on'],
  ] as const)('when %s is killed', async (_name, names, goesOn?: 'goes on') => {
    const dataDir = await createUsedDataDir();
    const use = await useHere(dataDir);
    const processes = findProcesses(dataDir);
    for (const name of names) killIfRunning(processes[name]);
    // The loss is detected, because each process checks every second.
    await until(() => goesOn !== undefined || isRestarted(dataDir, processes));
    await until(() =>
      use.query('SELECT name FROM kept').then(
        () => true,
        () => false,
      ),
    );
    const other = useDatabase(dataDir);
    expect(await other.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    await other.end();
    expect(await use.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    use.end();
    await untilStopped(dataDir);
  });

  test('when everything was killed and another process has the id of PostgreSQL', async () => {
    const dataDir = await createUsedDataDir();
    const use = useDatabase(dataDir);
    await use.ready();
    const { postgres, supervisor, reader } = findProcesses(dataDir);
    const { uid, gid } = statSync(join(dataDir, 'postgresql'));
    // PostgreSQL first, or it shuts down and removes its file.
    for (const id of [postgres, supervisor, reader]) killIfRunning(id);
    await use.kill();
    const unrelated = spawn('sleep', ['1000'], { ...(process.getuid?.() === 0 ? { uid, gid } : {}) });
    afterwards(() => unrelated.kill());
    const pidFile = join(dataDir, 'postgresql/cluster/postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(unrelated.pid)));
    const next = await useHere(dataDir);
    expect(await next.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    expect(unrelated.exitCode).toBeNull();
    next.end();
    await untilStopped(dataDir);
  });
});

/** A process may have ended after the one that it depends on. */
function killIfRunning(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ESRCH' });
  }
}

/** Whether every process of a database is another one than before. */
function isRestarted(dataDir: string, before: ReturnType<typeof findProcesses>): boolean {
  try {
    if (readPostgres(dataDir) === before.postgres) return false;
    return Object.values(findProcesses(dataDir)).every((id) => !Object.values(before).includes(id));
  } catch {
    // PostgreSQL is between its end and its next start.
    return false;
  }
}

describe.concurrent('a data folder', () => {
  test('can have a path that is too long for a socket', async () => {
    const parent = join(createFolder(), 'long'.repeat(40));
    mkdirSync(parent, { mode: 0o711 });
    const dataDir = await createUsedDataDir(join(parent, 'it\'s a, "folder"'));
    const use = await useHere(dataDir);
    expect(await use.query('SELECT name FROM kept')).toEqual([{ name: 'ada' }]);
    use.end();
    await untilStopped(dataDir);
  });

  test('of another major version is refused, with both versions and the release that opens it', async () => {
    const dataDir = await createUsedDataDir();
    writeFileSync(join(dataDir, 'app.key'), `base64:${'A'.repeat(43)}=\n`);
    writeFileSync(join(dataDir, 'postgresql/cluster/PG_VERSION'), '17\n');
    writeFileSync(join(dataDir, 'postgresql/release'), '0.0.9\n');
    expect(await explainStart({ DATA_DIR: dataDir })).toMatch(
      /was made by PostgreSQL 17, and this release has PostgreSQL 18\. Start release 0\.0\.9,/,
    );
  });

  test('of release 0.1.0 is refused, and nothing is created beside its database', async () => {
    const dataDir = createDataDir();
    mkdirSync(join(dataDir, 'pgdata'), { recursive: true });
    writeFileSync(join(dataDir, 'pgdata/PG_VERSION'), '17\n');
    writeFileSync(join(dataDir, 'app.key'), `base64:${'A'.repeat(43)}=\n`);
    expect(await explainStart({ DATA_DIR: dataDir })).toMatch(/pgdata was made by release 0\.1\.0, .* move it away to begin with an empty/);
    expect(readdirSync(dataDir).sort()).toEqual(['app.key', 'pgdata']);
  });

  test('has a log of PostgreSQL of limited size', async () => {
    const dataDir = await createUsedDataDir();
    appendFileSync(join(dataDir, 'postgresql/log'), 'x'.repeat(2_000_000));
    const use = await useHere(dataDir);
    expect(readLog(dataDir).length).toBeLessThan(100_000);
    use.end();
    await untilStopped(dataDir);
  });
});

test('a platform without an embedded PostgreSQL is refused, with its name and DATABASE_URL', () => {
  expect(() => findPrograms('win32', 'x64')).toThrow(/no embedded PostgreSQL for win32 on x64\. .*DATABASE_URL/);
  expect(() => findPrograms('linux', 'riscv64')).toThrow(/DATABASE_URL/);
});
