import { createInterface } from 'node:readline';
import pg from 'pg';
import { openEmbedded } from '../src/db/embedded/embedded.ts';

// A process of embedded.test.ts that uses the embedded database of a folder. It answers each line of stdin, an SQL
// statement, with a line of JSON, and ends its use when stdin ends.
const { url, notes, release } = await openEmbedded(process.argv[2] ?? '', (error) => process.stderr.write(`${error}\n`));
const write = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`);
write({ notes });
for await (const statement of createInterface(process.stdin)) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    write((await client.query(statement)).rows);
  } catch (error) {
    write({ error: String(error) });
  }
  await client.end().catch(() => undefined);
}
release();
