import { expect, test } from 'vitest';
import { createQueue, QueueFull } from '../src/rate-limits/queue.ts';

/** Work that ends when `end` is called. */
function createWork() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { run: () => promise, end: resolve };
}

test('no more pieces of work run at once than there are workers', async () => {
  const queue = createQueue(2, 1_000);
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, () => queue.run(work)));
  expect(most).toBe(2);
});

test('work that would wait too long is refused before it is started, with the seconds to wait', async () => {
  const queue = createQueue(1, 100);
  const [first, ...others] = Array.from({ length: 4 }, createWork);
  const runs = [first, ...others].map((work) => queue.run(work?.run ?? (async () => undefined)));
  let isStarted = false;
  const refused = queue.run(async () => {
    isStarted = true;
  });
  await expect(refused).rejects.toBeInstanceOf(QueueFull);
  await expect(refused).rejects.toMatchObject({ retryAfterSeconds: 1 });
  expect(isStarted).toBe(false);
  for (const work of [first, ...others]) work?.end();
  await Promise.all(runs);
});

test('the next work runs after work that fails', async () => {
  const queue = createQueue(1, 1_000);
  const failing = queue.run(() => Promise.reject(new Error('no')));
  const next = queue.run(async () => 'done');
  await expect(failing).rejects.toThrow('no');
  await expect(next).resolves.toBe('done');
});

test('what would be refused is known before it is prepared: open while a worker is free, full where the wait would be too long', async () => {
  const queue = createQueue(1, 100);
  queue.assertOpen();
  const works = Array.from({ length: 4 }, createWork);
  const runs = works.map((work) => queue.run(work.run));
  expect(() => queue.assertOpen()).toThrow(QueueFull);
  for (const work of works) work.end();
  await Promise.all(runs);
  queue.assertOpen();
});
