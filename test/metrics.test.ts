import pino from 'pino';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { createServerAdapter } from '../src/server/gateway.ts';
import { createMetrics } from '../src/server/metrics.ts';
import { afterwards } from './afterwards.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway();
const metrics = createMetrics();
const config = readConfig({ DATA_DIR: '/nowhere' });
const yoga = createServerAdapter(config, pino({ level: 'silent' }), gateway.tools, null, metrics);

test('requests are counted by door, method and status, and by nothing that a caller chooses', async () => {
  const listener = await metrics.serve({ host: '127.0.0.1', metricsPort: 0 });
  afterwards(() => listener?.drain(0));
  for (const path of ['/api/client/account', '/api/anything/at/all', '/health/live', '/random/1', '/random/2']) {
    await yoga.fetch(`http://gateway.test${path}`, {}, {});
  }
  await yoga.fetch('http://gateway.test/graphql?query=%7B__typename%7D', {}, {});
  const text = await (await fetch(`${listener?.origin}/metrics`)).text();
  const counted = [...text.matchAll(/^gateway_request_duration_seconds_count\{(.*)\} (\d+)$/gm)].map(([, labels, count]) => [
    labels,
    count,
  ]);
  expect(counted.sort()).toEqual([
    ['door="graphql",method="GET",status="200"', '1'],
    ['door="other",method="GET",status="200"', '1'],
    ['door="other",method="GET",status="404"', '2'],
    ['door="rest",method="GET",status="401"', '1'],
    ['door="rest",method="GET",status="404"', '1'],
  ]);
  expect(text).toContain('process_cpu_seconds_total');
  expect((await fetch(`${listener?.origin}/graphql`)).status).toBe(404);
});

test('where no port is set there is no listener', async () => {
  expect(await metrics.serve({ host: '127.0.0.1', metricsPort: undefined })).toBeNull();
});
