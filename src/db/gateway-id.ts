import type { Database } from './database.ts';

/** The id of the database: a UUID that was made once, with its tables. */
export async function readGatewayId(db: Database): Promise<string> {
  const { value } = await db.setting.findUniqueOrThrow({ where: { name: 'id' } });
  return value;
}
