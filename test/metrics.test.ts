import { expect, test } from 'vitest';
import { afterwards } from './afterwards.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway();
const { metrics } = gateway;

test('requests are counted by API, method and status, and by nothing that a caller chooses', async () => {
  const listener = await metrics.serve({ host: '127.0.0.1', metricsPort: 0 });
  afterwards(() => listener?.drain(0));
  for (const path of ['/api/client/account', '/api/anything/at/all', '/health/live', '/random/1', '/random/2']) {
    await gateway.fetch(path);
  }
  await gateway.fetch('/graphql?query=%7B__typename%7D');
  const text = await (await fetch(`${listener?.origin}/metrics`)).text();
  const counted = [...text.matchAll(/^gateway_request_duration_seconds_count\{(.*)\} (\d+)$/gm)].map(([, labels, count]) => [
    labels,
    count,
  ]);
  expect(counted.sort()).toEqual([
    ['api="graphql",method="GET",status="200"', '1'],
    ['api="other",method="GET",status="200"', '1'],
    ['api="other",method="GET",status="404"', '2'],
    ['api="rest",method="GET",status="401"', '1'],
    ['api="rest",method="GET",status="404"', '1'],
  ]);
  expect(text).toContain('process_cpu_seconds_total');
  expect((await fetch(`${listener?.origin}/graphql`)).status).toBe(404);
});

test('where no port is set there is no listener', async () => {
  expect(await metrics.serve({ host: '127.0.0.1', metricsPort: undefined })).toBeNull();
});
