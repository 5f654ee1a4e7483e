import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import jsqr from 'jsqr';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { firstTabs } from '../explorer/tabs.ts';
import { afterwards } from './afterwards.ts';
import { codeFor, startGateway, type TestGateway } from './harness.ts';
import { until } from './processes.ts';
import { serve } from './serve.ts';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find((place) => spawnSync(place, ['--version']).status === 0);
if (!executablePath) console.warn(`SKIPPED: the explorer was not tested in a browser. No Chromium runs at ${places.join(', ')}`);

describe.skipIf(!executablePath)('the explorer in a browser', () => {
  let gateway: TestGateway;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  const seen = { requests: [] as string[], consoleErrors: [] as string[] };

  // One page for all tests: to load the editors takes seconds.
  beforeAll(async () => {
    gateway = await startGateway();
    // A browser deletes expired cookies by its own clock.
    gateway.clock.advance((Date.now() - gateway.clock.now().getTime()) / 1000);
    origin = await serve(gateway);
    const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`);
    const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--no-first-run', ...quiet] });
    afterwards(() => browser.close());
    context = await browser.newContext({ viewport: { width: 1600, height: 1000 } });
    context.setDefaultTimeout(20_000);
    watch(context, seen);
    page = await context.newPage();
    await openPage(page, origin);
  });

  beforeEach(() => {
    seen.consoleErrors = [];
  });

  test('shows the account of the API key in its headers, and sends requests to the gateway only', async () => {
    const person = await gateway.createPerson();
    await notice(page).waitFor();
    await run(page, 'Account');
    await see(page, '"viewer": null');
    await notice(page).waitFor();
    await useKey(page, 'Account', person.token);
    await run(page, 'Account');
    await notice(page).waitFor({ state: 'detached' });
    await see(page, `"username": "${person.username}"`);
    await completeByKeyboard(page);
    const { requests, consoleErrors } = seen;
    expect(requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith('data:'))).toEqual([]);
    expect(consoleErrors).toEqual([]);
  });

  test('signs in with a password and a second factor, stays signed in by the cookie, and signs out', async () => {
    const person = await gateway.createPerson();
    const { secret } = await gateway.enableTwoFactor(person);
    await useKey(page, 'Account', null);
    await fillIn(page, 'SignIn', 'Variables', { login: person.username, password: person.password });
    const { challenge } = (await run(page, 'SignIn')).data.signIn;
    await see(page, `"challenge": "${challenge}"`);
    // A code is accepted once, and enabling used this one.
    gateway.clock.advance(30);
    await fillIn(page, 'CompleteSignIn', 'Variables', { challenge, code: codeFor(secret, gateway.clock.now()) });
    await run(page, 'CompleteSignIn');
    await see(page, `"username": "${person.username}"`);

    const cookies = async () => (await context.cookies()).toSorted((a, b) => a.name.localeCompare(b.name));
    const device = { name: 'gateway_device_4000', httpOnly: true, sameSite: 'Lax' };
    expect(await cookies()).toMatchObject([device, { name: 'gateway_session_4000', httpOnly: true, sameSite: 'Lax' }]);
    expect(await page.evaluate('document.cookie')).toBe('');
    const { viewer } = (await run(page, 'Account')).data;
    expect(viewer).toMatchObject({ profile: { username: person.username }, sessions: [{ current: true, ip: '127.0.0.1' }] });
    expect(viewer.sessions[0].userAgent).toContain('Chrome');

    await run(page, 'SignOut');
    await see(page, '"signOut"');
    expect((await run(page, 'Account')).data).toEqual({ viewer: null });
    expect(await cookies()).toMatchObject([device]);
    expect(seen.consoleErrors).toEqual([]);
  });

  test('shows the QR code as a picture that an authenticator reads', async () => {
    const person = await gateway.createPerson();
    await useKey(page, 'TwoFactorSetup', person.token);
    const { uri } = (await run(page, 'TwoFactorSetup')).data.viewer.twoFactorSetup;
    const picture = page.getByRole('img', { name: 'Picture: viewer.twoFactorSetup.qrCode' });
    await picture.waitFor();
    expect(await page.evaluate(`document.querySelector('figure img').naturalWidth`)).toBeGreaterThan(100);
    await see(page, '"secret"');
    mkdirSync(artifacts, { recursive: true });
    await page.screenshot({ path: `${artifacts}explorer.png` });
    const read = readCode(await picture.screenshot());
    expect(read).toBe(uri);
    expect(read).toContain(encodeURIComponent(person.email));

    const code = codeFor(new URL(read).searchParams.get('secret') ?? '', gateway.clock.now());
    await useKey(page, 'EnableTwoFactor', person.token);
    await fillIn(page, 'EnableTwoFactor', 'Variables', { code, password: person.password });
    expect((await run(page, 'EnableTwoFactor')).data.enableTwoFactor.recoveryTokens).toHaveLength(10);
    await see(page, '"recoveryTokens"');
    // The next answer removes the picture, and with it the secret.
    await picture.waitFor({ state: 'detached' });
    expect(seen.consoleErrors).toEqual([]);
  });

  test('closes the picture at Escape and by its button, and does not move the focus', async () => {
    await useKey(page, 'TwoFactorSetup', (await gateway.createPerson()).token);
    const pictures = page.getByRole('dialog', { name: 'Pictures of the answer' });
    await run(page, 'TwoFactorSetup');
    await pictures.waitFor();
    expect(await page.evaluate(`document.querySelector('[role="dialog"]').contains(document.activeElement)`)).toBe(false);
    await page.keyboard.press('Escape');
    await pictures.waitFor({ state: 'detached' });
    await run(page, 'TwoFactorSetup');
    await pictures.getByRole('button', { name: 'Close' }).press('Enter');
    await pictures.waitFor({ state: 'detached' });
  });

  test('keeps what was typed in its own tab only, and not in the URL', async () => {
    const person = await gateway.createPerson();
    await useKey(page, 'Account', person.token);
    await openPage(page, origin);
    await run(page, 'Account');
    await see(page, `"username": "${person.username}"`);
    expect(await page.getByRole('tab').count()).toBe(firstTabs.length);
    expect(page.url()).toBe(`${origin}/graphql`);
    const other = await context.newPage();
    await openPage(other, origin);
    expect((await run(other, 'Account')).data).toEqual({ viewer: null });
    await other.close();
  });

  test('runs no other script and sends nothing to another host', async () => {
    const planted = `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.planted = true' }))`;
    expect(await page.evaluate(`${planted}; window.planted`)).toBeUndefined();
    const elsewhere = origin.replace('127.0.0.1', 'localhost');
    expect(await page.evaluate(`fetch('${elsewhere}/graphql').then(() => 'sent', () => 'refused')`)).toBe('refused');
    expect(seen.requests.filter((url) => url.startsWith(elsewhere))).toEqual([]);
    for (const refusal of [/inline script violates/, /Connecting to .* violates/]) expect(seen.consoleErrors.join('\n')).toMatch(refusal);
  });

  test('shows the events of the account as they occur, and ends the subscription with the page', async () => {
    const person = await gateway.createPerson();
    await useKey(page, 'Activity', person.token);
    const opened = page.waitForResponse((response) => response.request().postData()?.includes('subscription Activity') ?? false);
    await execute(page, 'Activity');
    const asked = (await opened).request();
    expect([asked.method(), asked.url()]).toEqual(['POST', `${origin}/graphql`]);
    await until(() => gateway.tools.feed.count(person.id) === 1);
    await gateway.rest('POST', '/account/api-keys', { ...person, body: { description: 'seen' } });
    await see(page, '"user:api-key.create"');
    await page.close();
    await until(() => gateway.tools.feed.count(person.id) === 0);
    expect(seen.consoleErrors).toEqual([]);
  });
});

const artifacts = fileURLToPath(new URL('../artifacts/', import.meta.url));

/** Collects every request of a browser, those of workers too, and the errors and warnings of its console. */
function watch(context: BrowserContext, seen: { requests: string[]; consoleErrors: string[] }): void {
  context.on('request', (request) => seen.requests.push(request.url()));
  context.on('console', (message) => ['error', 'warning'].includes(message.type()) && seen.consoleErrors.push(message.text()));
  context.on('weberror', (error) => seen.consoleErrors.push(String(error.error())));
}

/** Opens the explorer and waits until it has the schema and its editors are ready. */
async function openPage(page: Page, origin: string): Promise<void> {
  const schema = page.waitForResponse((response) => response.request().postData()?.includes('IntrospectionQuery') ?? false);
  await page.goto(`${origin}/graphql`);
  expect((await schema).status()).toBe(200);
  await page.locator('.graphiql-tab-button').getByText('SignIn', { exact: true }).waitFor();
  await page.locator('.graphiql-query-editor .CodeMirror').waitFor();
}

/** Runs the operation of a tab. @returns the answer. */
async function run(page: Page, operation: string) {
  const answered = page.waitForResponse((response) => response.request().postData()?.includes(`"operationName":"${operation}"`) ?? false);
  await execute(page, operation);
  return (await answered).json();
}

async function execute(page: Page, operation: string): Promise<void> {
  await openTab(page, operation);
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

async function openTab(page: Page, operation: string): Promise<void> {
  const tab = page.locator('.graphiql-tab').filter({ has: page.getByText(operation, { exact: true }) });
  if ((await tab.getAttribute('aria-selected')) === 'true') return;
  await tab.locator('.graphiql-tab-button').click();
  await page.locator('.graphiql-query-editor').getByText(operation, { exact: true }).first().waitFor();
}

function notice(page: Page) {
  return page.getByText('Nobody is signed in.');
}

/** Waits until the results contain a text. */
async function see(page: Page, text: string): Promise<void> {
  await page.locator('.result-window').filter({ hasText: text }).waitFor();
}

async function useKey(page: Page, operation: string, token: string | null): Promise<void> {
  await fillIn(page, operation, 'Headers', token ? { authorization: `Bearer ${token}` } : {});
}

/** Replaces the variables or the headers of a tab. */
async function fillIn(page: Page, operation: string, name: 'Variables' | 'Headers', values: Record<string, string>): Promise<void> {
  await openTab(page, operation);
  const tool = page.getByRole('region', { name });
  if (!(await tool.isVisible())) await page.getByRole('button', { name, exact: true }).click();
  const editor = tool.locator('.CodeMirror:visible');
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  // Deleted first, and inserted at once, because the editor closes brackets that are typed.
  await page.keyboard.press('Delete');
  const text = JSON.stringify(values);
  await page.keyboard.insertText(text);
  // The editor stores it in its tab a moment later, and another tab that is opened before would drop it.
  const stored = `JSON.parse(sessionStorage.getItem('graphiql:tabState')).tabs.find(({ title }) => title === '${operation}')`;
  await expect.poll(() => page.evaluate(`${stored}.${name.toLowerCase()}`), { timeout: 20_000 }).toBe(text);
}

/** Completes a field in the editor, which knows the schema. */
async function completeByKeyboard(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor').getByText('username').first().click();
  for (const key of ['End', 'ArrowLeft', 'Control+Space']) await page.keyboard.press(key);
  await page.locator('.CodeMirror-hints').getByText('firstName').waitFor();
  await page.keyboard.press('Escape');
}

function readCode(png: Buffer): string {
  const { data, width, height } = PNG.sync.read(png);
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? '';
}
