import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { graphiqlOptions } from '../src/server/graphiql.ts';
import { startGateway } from './harness.ts';

const gateway = await startGateway();

test('a browser at /graphql finds the explorer, and nothing in it is fetched from elsewhere', async () => {
  const response = await gateway.fetch('/graphql', { headers: { accept: 'text/html' } });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toMatch(/https?:|\*/);
  const html = await response.text();
  expect(html).toContain('Account Gateway');
  expect(html).not.toMatch(/<(?:script|link|img|iframe)[^>]+(?:src|href)=["']?(?:https?:)?\/\//i);
});

test('what the explorer starts with can be sent as it stands', async () => {
  const { headers = '', defaultQuery = '' } = graphiqlOptions as { headers?: string; defaultQuery?: string };
  const sent = new Headers(JSON.parse(headers));
  expect(parse(defaultQuery).definitions).toHaveLength(1);
  const answer = await gateway.graphql(defaultQuery, {}, { headers: Object.fromEntries(sent) });
  expect([answer.status, answer.errors, answer.data]).toEqual([200, undefined, { viewer: null }]);
});
