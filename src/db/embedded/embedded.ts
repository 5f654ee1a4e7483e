import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseUnusable } from '../unusable.ts';
import { startCluster } from './cluster.ts';
import { homeOf, prepareDataFolder } from './home.ts';
import { findReasons, isAlreadyRunning } from './log.ts';
import { openSocketFolder } from './socket.ts';
import { isSupervised, joinUsers } from './supervisor.ts';

/** PostgreSQL answers late while it recovers from a crash. */
const readyMsMax = 120_000;
const pollMs = 20;
const restMs = 100;
const turnsMax = 600;
const unexplainedEndsMax = 20;
const orphanSightingsMin = 5;
const answerMsMax = 5_000;
const watchMs = 1_000;

/** The database of a data folder, in use by this process. */
export type EmbeddedDatabase = {
  readonly url: string;
  /** Sentences for the operator: what is kept outside of the data folder, and why. */
  readonly notes: readonly string[];
  /** Ends the use. PostgreSQL stops when no other process uses it. */
  release(): void;
};

/**
 * Uses the embedded PostgreSQL of a data folder, together with other processes; makes and starts it where it is not.
 * @param onTrouble called when PostgreSQL ended during its use and did not start again, which is tried every second.
 * @throws DatabaseUnusable with the reason.
 */
export async function openEmbedded(dataDir: string, onTrouble: (error: unknown) => void): Promise<EmbeddedDatabase> {
  const notes = prepareDataFolder(dataDir);
  const socket = openSocketFolder(homeOf(dataDir));
  const url = `postgresql://postgres@localhost:5432/postgres?sslmode=disable&host=${encodeURIComponent(socket.path)}`;
  try {
    const first = await use(dataDir, url, (note) => notes.push(note));
    const endUse = keepInUse(first, () => use(dataDir, url, () => undefined), onTrouble);
    return {
      url,
      notes: [...new Set(notes)],
      release: () => {
        endUse();
        socket.close();
      },
    };
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Starts PostgreSQL again when it has ended, until the function that is returned is called. */
function keepInUse(first: number, restart: () => Promise<number>, onTrouble: (error: unknown) => void): () => void {
  let users: number | null = first;
  let isStarting = false;
  let isEnded = false;
  const close = () => {
    if (users !== null) closeSync(users);
    users = null;
  };
  const check = async () => {
    if (isStarting || (users !== null && isSupervised(users))) return;
    isStarting = true;
    close();
    try {
      users = await restart();
      if (isEnded) close();
    } catch (error) {
      onTrouble(error);
    }
    isStarting = false;
  };
  const timer = setInterval(() => void check(), watchMs).unref();
  return () => {
    isEnded = true;
    clearInterval(timer);
    close();
  };
}

/** Joins the users of the database, or becomes the first. @returns the descriptor that is open during the use. */
async function use(dataDir: string, url: string, onNote: (note: string) => void): Promise<number> {
  let orphanSightings = 0;
  let unexplainedEnds = 0;
  for (let turn = 0; turn < turnsMax && unexplainedEnds < unexplainedEndsMax; turn += 1) {
    if (turn > 0) await sleep(restMs);
    const joined = joinUsers(homeOf(dataDir));
    // It answers and has no supervisor: it is about to stop, or its supervisor was killed.
    if (joined === null && orphanSightings < orphanSightingsMin && (await answers(url))) {
      orphanSightings += 1;
      continue;
    }
    const mode = orphanSightings < orphanSightingsMin ? 'start' : 'replace';
    const { users, readOutput } = joined ?? (await startCluster(dataDir, mode, onNote));
    if (await isReady(users, url)) return users;
    const output = readOutput();
    // Another process started it at the same time, or it has not stopped yet.
    if (isAlreadyRunning(output)) continue;
    const reasons = findReasons(output);
    if (reasons !== '') throw new DatabaseUnusable(`PostgreSQL did not start: ${reasons} ${seeLog(dataDir)}`);
    unexplainedEnds += 1;
  }
  throw new DatabaseUnusable(`PostgreSQL did not start. ${seeLog(dataDir)}`);
}

/** Waits until the database answers. When it does not, because its supervisor ended, the descriptor is closed. */
async function isReady(users: number, url: string): Promise<boolean> {
  for (const deadline = Date.now() + readyMsMax; isSupervised(users) && Date.now() < deadline; await sleep(pollMs)) {
    // A supervisor that is about to stop PostgreSQL has closed the FIFO before: one more look after the answer.
    if ((await answers(url)) && isSupervised(users)) return true;
  }
  closeSync(users);
  return false;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerMsMax });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function seeLog(dataDir: string): string {
  return `See ${join(homeOf(dataDir), 'log')}.`;
}
