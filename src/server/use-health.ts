import type { Plugin } from 'graphql-yoga';
import { type Database, pingDatabase } from '../db/database.ts';

/** `/health/live`: the process answers. `/health/ready`: so does the database. */
export function useHealth(db: Database): Plugin {
  return {
    async onRequest({ url, endResponse, fetchAPI }) {
      if (url.pathname === '/health/live') endResponse(fetchAPI.Response.json({ status: 'ok' }));
      if (url.pathname !== '/health/ready') return;
      const isReady = await pingDatabase(db).then(
        () => true,
        () => false,
      );
      endResponse(
        fetchAPI.Response.json(
          { status: isReady ? 'ok' : 'unavailable', database: isReady ? 'ok' : 'unreachable' },
          { status: isReady ? 200 : 503 },
        ),
      );
    },
  };
}
