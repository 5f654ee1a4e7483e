import { describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.ts';
import { startGateway } from './harness.ts';
import { createReadableLog } from './log-lines.ts';

const proxy = '10.0.0.1';
const client = '203.0.113.9';
const trusted = { TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8:ffff::/48', LIMIT_UNKNOWN_KEYS_PER_MINUTE: '0' };

async function start(env: Record<string, string> = {}) {
  const { log, lines } = createReadableLog();
  const gateway = await startGateway({ log, env: { ...trusted, ...env } });
  /** The address that a request is taken to come from. */
  const addressOf = async (headers: Record<string, string>, peer = proxy) => {
    const { headers: answered } = await gateway.rest('GET', '/account', { token: 'x', peer, headers });
    return lines.find(({ event, requestId }) => event === 'api-key.unknown' && requestId === answered.get('x-request-id'))?.['ip'];
  };
  const warnings = () => lines.flatMap(({ level, msg }) => (level === 40 ? [String(msg)] : []));
  return { gateway, addressOf, warnings };
}

const chosen = await start();
const standard = await start({ FORWARDED_HEADER: 'forwarded' });

/** Spellings of one address. */
const spellings: [written: string, address: string][] = [
  ['203.0.113.9', client],
  ['203.0.113.9:4711', client],
  ['"203.0.113.9"', client],
  ['"203.0.113.9:4711"', client],
  ['[203.0.113.9]', client],
  ['::ffff:203.0.113.9', client],
  ['2001:db8::9', '2001:db8::9'],
  ['2001:DB8:0::9', '2001:db8::9'],
  // The last group of an address without brackets is no port.
  ['2001:db8::4711', '2001:db8::4711'],
  ['[2001:db8::9]', '2001:db8::9'],
  ['[2001:db8::9]:4711', '2001:db8::9'],
  ['"[2001:db8::9]:4711"', '2001:db8::9'],
  ['fe80::9%eth0', 'fe80::9'],
  ['[fe80::9%25eth0]:80', 'fe80::9'],
];

const unreadable = [
  'unknown',
  '_hidden',
  '203.0.113',
  '203.0.113.9.1',
  '0x7f000001',
  '203.0.113.09',
  '[2001:db8::9',
  '2001:db8::9]',
  'example.com',
  '203.0.113.9;x',
  '"',
  '203.0.113.9:4711:1',
  '::g',
];

describe('an address in X-Forwarded-For', () => {
  test.each(spellings)('is read as %s', async (written, address) => {
    for (const value of [
      written,
      ` ${written}\t`,
      `${written},`,
      `${written}, ,`,
      `198.51.100.1, ${written}`,
      `${written}, 10.9.9.9`,
      `${written},10.9.9.9:80`,
    ]) {
      expect([value, await chosen.addressOf({ 'x-forwarded-for': value })]).toEqual([value, address]);
    }
  });

  test.each(unreadable)('that cannot be read is not passed by: the last proxy counts (%s)', async (written) => {
    expect(await chosen.addressOf({ 'x-forwarded-for': `198.51.100.1, ${written}` })).toBe(proxy);
    expect(await chosen.addressOf({ 'x-forwarded-for': `198.51.100.1, ${written}, 10.9.9.9` })).toBe('10.9.9.9');
    expect(await chosen.addressOf({ 'x-forwarded-for': `${written}, ${client}` })).toBe(client);
  });

  test('that cannot be read opens no key with allowed addresses, those of the proxy included', async () => {
    const { gateway } = chosen;
    const person = await gateway.createPerson();
    const body = { description: 'x', allowed_ips: ['10.0.0.0/8', '203.0.113.9'] };
    const { attributes, meta } = (await gateway.rest('POST', '/account/api-keys', { ...person, body })).body;
    const token = attributes.identifier + meta.secret_token;
    const statusOf = async (forwarded?: string) => {
      const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
      return (await gateway.rest('GET', '/account', { token, peer: proxy, headers })).status;
    };
    expect([await statusOf('203.0.113.9:4711'), await statusOf(), await statusOf('unknown'), await statusOf('unknown, 10.9.9.9')]).toEqual([
      200, 200, 403, 403,
    ]);
  });

  test('that cannot be read is warned of once a minute', async () => {
    const { gateway, addressOf, warnings } = await start();
    const warned = () => warnings().filter((line) => line.includes('cannot be read'));
    for (let round = 0; round < 5; round += 1) await addressOf({ 'x-forwarded-for': 'unknown' });
    expect(warned()).toHaveLength(1);
    gateway.clock.advance(60);
    await addressOf({ 'x-forwarded-for': 'unknown' });
    expect(warned()).toHaveLength(2);
    expect(warned()[0]).toContain('x-forwarded-for');
  });
});

describe('a warning with the line to add is given once', () => {
  test.each([
    ['', 'TRUSTED_PROXIES=192.0.2.7'],
    ['10.0.0.0/8', 'TRUSTED_PROXIES=10.0.0.0/8,192.0.2.7'],
  ])('of X-Forwarded-For from a peer that is not trusted, with TRUSTED_PROXIES=%s', async (ranges, line) => {
    const { addressOf, warnings } = await start({ TRUSTED_PROXIES: ranges });
    await addressOf({}, '192.0.2.7');
    expect(warnings()).toEqual([]);
    for (const peer of ['192.0.2.7', '192.0.2.7', '192.0.2.8']) expect(await addressOf({ 'x-forwarded-for': client }, peer)).toBe(peer);
    expect(warnings()).toEqual([
      `192.0.2.7 sent x-forwarded-for, which is not believed. Only if 192.0.2.7 is a proxy of yours, set ${line}`,
    ]);
  });

  test.each([
    [{}, { host: 'panel.example.com' }, 'APP_URL=https://panel.example.com'],
    [{}, { host: 'panel.example.com:8443' }, 'APP_URL=https://panel.example.com:8443'],
    [{}, { host: '"><' }, 'APP_URL=https://127.0.0.1:4000'],
    [{ APP_URL: 'http://panel.example.com/gateway' }, { host: 'other.example' }, 'APP_URL=https://panel.example.com/gateway'],
  ])('of https from a trusted proxy under an http APP_URL: %j %j', async (env, headers, line) => {
    const { addressOf, warnings } = await start(env);
    await addressOf({ 'x-forwarded-proto': 'http', ...headers });
    await addressOf({ 'x-forwarded-proto': 'https', ...headers }, client);
    expect(warnings()).toEqual([]);
    for (let round = 0; round < 2; round += 1) await addressOf({ 'x-forwarded-proto': 'https, http', ...headers });
    expect(warnings()).toEqual([expect.stringMatching(/^a proxy received a request over https, and APP_URL is http:/)]);
    expect(warnings()[0]).toMatch(new RegExp(`Set ${line.replaceAll('.', '\\.')}$`));
  });

  test('of none of them where APP_URL has https', async () => {
    const { addressOf, warnings } = await start({ APP_URL: 'https://panel.example.com' });
    await addressOf({ 'x-forwarded-proto': 'https' });
    expect(warnings()).toEqual([]);
  });
});

describe('FORWARDED_HEADER', () => {
  test.each(spellings)('forwarded is read as RFC 7239 has it: %s', async (written, address) => {
    const quoted = `"${written.replaceAll('"', '')}"`;
    for (const value of [
      `for=${quoted}`,
      `For = ${quoted};proto=https`,
      `proto=https;by=_x; for=${quoted}`,
      `for=198.51.100.1, for=${quoted}`,
      `for=${quoted},`,
      `host="a,b;for=1.1.1.1";for=${quoted}`,
      `for=${quoted}, for=10.9.9.9;ext="a, b"`,
    ]) {
      expect([value, await standard.addressOf({ forwarded: value })]).toEqual([value, address]);
    }
  });

  test.each(['for=198.51.100.1;x="', 'for="198.51.100.1', 'x="\\"', '"', 'x="a\\"b', 'for=198.51.100.1, y="\\", z="'])(
    'forwarded is read where a client leaves a quote open: %s',
    async (sent) => {
      for (const appended of [`for=${client}`, `for="${client}"`, `by="x";for="${client}:80"`]) {
        expect(await standard.addressOf({ forwarded: `${sent}, ${appended}` })).toBe(client);
      }
    },
  );

  test.each([...unreadable.map((written) => `for="${written.replaceAll('"', '')}"`), 'proto=https', 'for', 'for=', 'xfor=203.0.113.9'])(
    'forwarded without a readable address counts for the proxy: %s',
    async (value) => {
      expect(await standard.addressOf({ forwarded: `for=198.51.100.1, ${value}` })).toBe(proxy);
    },
  );

  test.each(['x-real-ip', 'cf-connecting-ip'])('%s holds one address', async (name) => {
    const { addressOf } = await start({ FORWARDED_HEADER: name });
    for (const [written, address] of spellings) expect(await addressOf({ [name]: written })).toBe(address);
    for (const written of [...unreadable, `198.51.100.1, ${client}`]) expect(await addressOf({ [name]: written })).toBe(proxy);
    expect(await addressOf({ [name]: client }, '198.51.100.7')).toBe('198.51.100.7');
    expect(await addressOf({})).toBe(proxy);
  });

  test('is believed alone: another header is named in the log once, and ignored', async () => {
    const { addressOf, warnings } = await start({ FORWARDED_HEADER: 'x-real-ip' });
    const others = ['x-forwarded-for', 'forwarded', 'cf-connecting-ip'];
    for (let round = 0; round < 3; round += 1) {
      for (const name of others) expect(await addressOf({ 'x-real-ip': client, [name]: '198.51.100.1' })).toBe(client);
    }
    expect(warnings()).toEqual(others.map((name) => `a request has the header ${name}, which is not read: FORWARDED_HEADER is x-real-ip`));
  });
});

describe('TRUSTED_PROXIES=*', () => {
  test('believes the directly connected peer, and what it appended alone', async () => {
    const { addressOf } = await start({ TRUSTED_PROXIES: '*' });
    for (const peer of ['10.0.0.1', '198.51.100.7', '2001:db8::1']) {
      expect(await addressOf({ 'x-forwarded-for': `198.51.100.1, ${client}` }, peer)).toBe(client);
      expect(await addressOf({}, peer)).toBe(peer);
    }
  });

  test('believes the proxies beside it as well', async () => {
    const { addressOf } = await start({ TRUSTED_PROXIES: '*, 10.0.0.0/8' });
    expect(await addressOf({ 'x-forwarded-for': `198.51.100.1, ${client}, 10.9.9.9` }, '198.51.100.7')).toBe(client);
  });
});

test('a range of every address is warned of at the start', () => {
  for (const range of ['0.0.0.0/0', '::/0', '10.0.0.0/0']) {
    expect(readConfig({ TRUSTED_PROXIES: `10.0.0.1, ${range}` }).warnings).toEqual([
      expect.stringContaining(`TRUSTED_PROXIES: ${range} is every address`),
    ]);
  }
  expect(readConfig({ TRUSTED_PROXIES: '*, 10.0.0.0/8, ::1' }).warnings).toEqual([]);
});

test('the headers of a client that is no proxy are not believed', async () => {
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip']) {
    const { addressOf } = await start({ FORWARDED_HEADER: name });
    expect(await addressOf({ [name]: name === 'forwarded' ? 'for=198.51.100.1' : '198.51.100.1' }, client)).toBe(client);
  }
});
