import { type Database, pingDatabase } from '../db/database.ts';
import { type Answer, json } from './answer.ts';
import { answerReads } from './fixed-path.ts';

/** Creates the answers of `/health/live`: the process answers, and of `/health/ready`: so does the database. Null for other paths. */
export function createHealth(db: Database, isStopping: () => boolean): (method: string, pathname: string) => Promise<Answer | null> {
  // Probes have no rate limit: those at the same time share one statement.
  let running: Promise<boolean> | null = null;
  const isReady = () => {
    running ??= pingDatabase(db)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        running = null;
      });
    return running;
  };
  const answerReady = async () => {
    if (isStopping()) return json(503, { status: 'stopping' });
    return (await isReady()) ? json(200, { status: 'ok', database: 'ok' }) : json(503, { status: 'unavailable', database: 'unreachable' });
  };
  return async (method, pathname) => {
    if (pathname === '/health/live') return answerReads(method, () => json(200, { status: 'ok' }));
    return pathname === '/health/ready' ? answerReads(method, answerReady) : null;
  };
}
