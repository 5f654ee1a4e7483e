import { type Database, pingDatabase } from '../db/database.ts';
import { type Answer, json } from './answer.ts';

/** `/health/live`: the process answers. `/health/ready`: so does the database. */
export async function answerHealth(pathname: string, db: Database): Promise<Answer | null> {
  if (pathname === '/health/live') return json(200, { status: 'ok' });
  if (pathname !== '/health/ready') return null;
  const isReady = await pingDatabase(db).then(
    () => true,
    () => false,
  );
  return json(isReady ? 200 : 503, { status: isReady ? 'ok' : 'unavailable', database: isReady ? 'ok' : 'unreachable' });
}
