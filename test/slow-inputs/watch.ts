import { monitorEventLoopDelay } from 'node:perf_hooks';

// Is loaded by the server that is measured. It answers each message with what the main thread did since the last one.

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let before = process.threadCpuUsage();

process.on('message', () => {
  const { user, system } = process.threadCpuUsage(before);
  const heldMs = delay.max / 1e6;
  delay.reset();
  before = process.threadCpuUsage();
  process.send?.({ cpuMs: (user + system) / 1000, heldMs, residentBytes: process.memoryUsage.rss() });
});
process.channel?.unref();
