import type { Tools } from '../account/actor.ts';
import { readConfig } from '../config/config.ts';
import { type OpenTools, openTools } from '../server/tools.ts';
import { say } from './speech.ts';

/**
 * Opens the database of the environment, migrated, for as long as the work takes.
 * @throws ConfigError, DatabaseUnusable; and what the work throws.
 */
export async function withTools<T>(work: (tools: Tools, opened: OpenTools) => Promise<T>): Promise<T> {
  const opened = await openTools(readConfig(), (message) => void say(process.stderr, message));
  try {
    return await work(opened.tools, opened);
  } finally {
    await opened.close();
  }
}
