// A canary from asking to DORA, with real parts only: a Fairway of its own, a real Prometheus that scrapes a service which turns bad, and
// an executor that takes signed orders and moves the traffic. Time is compressed: a watch of five minutes takes twelve seconds.
import { createHash } from 'node:crypto';
import type { APIRequestContext, BrowserContext, Locator, Page, PlaywrightWorkerArgs } from '@playwright/test';
import { signIn, type State } from '../door.js';
import { Executor } from '../executor.js';
import { awake, axe, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';
import { Prometheus } from '../prometheus.js';
import { Shop } from '../shop.js';
import { expectAt, rows } from '../table.js';

const port = freePort();
const url = `http://localhost:${port}`;
test.use({ baseURL: url, storageState: { cookies: [], origins: [] } });
// One story: each test goes on where the one before ended.
test.describe.configure({ mode: 'serial', timeout: 150_000 });
/** What the next step of the loop takes at most, on a machine that does much else. */
const soon = { timeout: 60_000 };

const [good, bad] = ['1.0.0', '1.1.0'];
/** The rule that undoes it, with what was measured beside the threshold. */
const rule = /The error rate was \d+\.\d\d %, above 1\.00 %/;

let shop: Shop;
let prometheus: Prometheus;
let fairway: OwnFairway;
let api: APIRequestContext;
let executor: Executor;
let admins: State['cookies'];
let developers: State['cookies'];
let leads: State['cookies'];
/** The page of the canary. */
let canary = '';

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(150_000);
  shop = await Shop.open(good, bad);
  prometheus = await Prometheus.scraping(shop.targets(), { service: 'shop', environment: 'production' });
  fairway = new OwnFairway('canary', port, { FAIRWAY_PROMETHEUS_URL: prometheus.url, FAIRWAY_OUTBOUND_ALLOW: '127.0.0.1' });
  api = await fairway.begin(playwright);
  executor = await Executor.open(shop, api);
  const answer = await api.post('/api/v1/services', { data: { name: 'shop', owner: 'team-checkout', tier: 3 } });
  expect(answer.status(), await answer.text()).toBe(201);
  await report(good, 'staging', 50);
  await report(good, 'production', 49);
  await report(bad, 'staging', 1);
  ({ cookies: admins } = await fairway.signIn(playwright));
  developers = await invited(playwright, { name: 'Dora Developer', role: 'developer' });
  leads = await invited(playwright, { name: 'Lena Lead', role: 'approver' });
});

test.afterAll(async () => {
  await fairway?.end();
  await executor?.close();
  await api?.dispose();
  await prometheus?.end();
  await shop?.close();
});

/** Reports a deploy of a version that went well so many hours ago, as a CI does. */
async function report(version: string, environment: string, hours: number): Promise<void> {
  const at = new Date(Date.now() - hours * 3_600_000).toISOString();
  const hash = (algorithm: string) => createHash(algorithm).update(version).digest('hex');
  const phases = [{ state: 'succeeded', at }];
  const data = { service: 'shop', environment, version, sha: hash('sha1'), digest: `sha256:${hash('sha256')}`, requested_at: at, phases };
  const answer = await api.post('/api/v1/deploys', { data });
  expect(answer.status(), await answer.text()).toBe(201);
}

/** Invites somebody, who is signed in by what this gives. */
async function invited(playwright: PlaywrightWorkerArgs['playwright'], who: { name: string; role: string }): Promise<State['cookies']> {
  const state = { cookies: admins, origins: [] };
  const desk = await playwright.request.newContext({ baseURL: url, storageState: state, extraHTTPHeaders: { origin: url, accept: 'text/html' } });
  const answer = await desk.post('/admin/people', { form: { ...who, email: `${who.role}@harbour.example` } });
  const link = (await answer.text()).match(/http:\/\/localhost:\d+\/link\?code=\w+/)?.[0];
  await desk.dispose();
  if (!link) throw new Error(`inviting ${who.name} gave no link: ${answer.status()}`);
  return (await signIn(playwright, link, { password: 'nine quiet lanterns adrift' })).cookies;
}

async function become(context: BrowserContext, cookies: State['cookies']): Promise<void> {
  await context.clearCookies();
  await context.addCookies(cookies);
}

/** Loads a page again until a part of it says something; who has scripts sees it come by itself. */
async function reloadUntil(page: Page, part: Locator, words: string): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(part).toContainText(words, { timeout: 1_000 });
  }).toPass({ timeout: 100_000 });
}

const header = (page: Page) => page.locator('.page-header');
const said = (page: Page) => page.locator('[data-region="verdict"]');
const steps = (page: Page) => rows(page.getByRole('table', { name: 'Steps of the traffic' }));
const errors = (page: Page) => page.locator('#watched figure').filter({ hasText: 'The error rate' });
const waits = (page: Page) => page.getByRole('table', { name: 'Requests that wait for me' }).getByRole('link', { name: bad });

test('an admin says who carries deploys out, and how they are watched', async ({ page, context }) => {
  await become(context, admins);
  await page.goto('/services/shop/settings?environment=production');
  const panel = page.locator('#executor');
  await panel.getByLabel('Deploys to production are carried out by').selectOption('webhook');
  await panel.getByLabel('Address').fill(executor.url);
  await panel.getByLabel('Secret').fill(executor.secret);
  await panel.getByRole('button', { name: 'Save the executor' }).click();
  await expect(panel).toContainText(`a signed webhook to ${executor.url}`);
  expect(await page.content()).not.toContain(executor.secret);

  await page.goto('/admin/rollback?tier=3');
  const rules = page.locator('#rules');
  await rules.getByLabel('Seconds', { exact: true }).fill('12');
  await rules.getByLabel('Seconds between samples').fill('2');
  await rules.getByLabel('Samples that must be there').fill('4');
  await rules.getByLabel('Reason').fill('What takes five minutes takes twelve seconds here.');
  await rules.getByRole('button', { name: 'Save the rules' }).click();
  const matrix = rows(page.getByRole('table', { name: 'Rollback rules by tier' }));
  await expect(matrix.filter({ hasText: 'Watched' })).toContainText('12 s, a sample every 2 s, at least 4 of 6');
  await awake(page);
  await expectAccessible(page);
});

test('a developer asks for a canary in production, and it waits for a lead', async ({ page, context }) => {
  await become(context, developers);
  await page.goto('/services/shop');
  await page.getByRole('main').getByRole('link', { name: 'Deploy…' }).click();
  await page.getByLabel('Environment', { exact: true }).selectOption('production');
  const release = page.getByLabel('Release', { exact: true });
  await release.selectOption(await release.locator('option', { hasText: bad }).getAttribute('value'));
  await page.getByRole('button', { name: 'See what would happen' }).click();
  await expect(page.locator('#outlook')).toContainText('one person is asked');

  const ask = page.locator('#ask');
  await ask.getByLabel('Strategy').selectOption('canary');
  await ask.getByLabel('Why, or what it brings').fill('Smaller pictures in the basket.');
  await ask.getByLabel('Checks, because').fill('The checks run elsewhere.');
  await ask.getByLabel('Scan, because').fill('The scanner is being moved.');
  await ask.getByLabel('Signature, because').fill('Signing begins next month.');
  await ask.getByRole('button', { name: `Deploy ${bad} to production` }).click();
  await expect(page).toHaveURL(/\/deploys\/[0-9a-f-]{36}$/);
  canary = new URL(page.url()).pathname;
  await reloadUntil(page, header(page), 'waits for approval');
  await expect(steps(page)).toHaveCount(4);
  // It bears its first step, and breaks under the second.
  shop.turnBad(bad, { from: 25, ratio: 0.2 });
});

test('the lead reads the evidence and approves by keyboard alone, and watches it turn bad and come back', async ({ page, context }) => {
  test.skip(!scripts(), 'without scripts it is approved by a form, and read by loading the page again');
  await become(context, leads);
  await page.goto('/');
  await awake(page);
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await expect(page).toHaveURL('/approvals');
  await awake(page);
  await page.keyboard.press('j');
  await expect(waits(page)).toBeFocused();
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/\/approvals\/[0-9a-f-]{36}$/);
  await awake(page);
  await expectEvidence(page);
  await expectAccessible(page);

  const main = page.getByRole('main');
  await page.keyboard.press('a');
  await expect(main.getByRole('textbox', { name: 'Reason', exact: true })).toBeFocused();
  await page.keyboard.type('Small enough for a Friday.');
  await page.keyboard.press('Tab');
  await expect(main.getByRole('button', { name: 'Approve', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#decisions$/);
  await expect(main).toContainText('What waits for it may go on until');
  await main.getByRole('link', { name: 'A deploy that Fairway drives' }).press('Enter');
  await expect(page).toHaveURL(canary);
  await awake(page);

  // From here on nobody presses anything, and the page is never loaded again.
  await page.evaluate(() => document.documentElement.setAttribute('data-same', ''));
  await expect(page.locator('.live-switch')).toHaveAttribute('data-state', 'live');
  await expect(header(page)).toContainText('verifying', soon);
  await expect(errors(page)).toContainText('exposed to 5 %', soon);
  await expect(steps(page).nth(0)).toContainText('pass', soon);
  await expect(steps(page).nth(1)).toContainText('fail', soon);
  await expect(steps(page).nth(1)).toContainText(rule);
  await expect(said(page)).toContainText(rule, soon);
  await expect(header(page)).toContainText('rolled back', soon);
  await expectUndone(page);
  await expect(page.locator('html[data-same]'), 'it was not loaded again').toBeAttached();
  expect(await axe(page)).toEqual([]);
  await expectAccessible(page);
});

test('without scripts the lead approves by a form, and reads how it came back', async ({ page, context }) => {
  test.skip(scripts(), 'with scripts it is approved by keyboard');
  await become(context, leads);
  await page.goto('/approvals');
  await waits(page).click();
  await expectEvidence(page);
  const main = page.getByRole('main');
  await main.getByRole('textbox', { name: 'Reason', exact: true }).fill('Small enough for a Friday.');
  await main.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(main).toContainText('What waits for it may go on until');
  await main.getByRole('link', { name: 'A deploy that Fairway drives' }).click();
  await expect(page).toHaveURL(canary);
  await reloadUntil(page, header(page), 'rolled back');
  await expect(steps(page).nth(0)).toContainText('pass');
  await expect(steps(page).nth(1)).toContainText('fail');
  await expectUndone(page);
});

/** What the lead sees before deciding: what is known, what it goes on without and why, and what happens then. */
async function expectEvidence(page: Page): Promise<void> {
  const main = page.getByRole('main');
  await expect(main.getByRole('heading', { level: 1 })).toContainText(`${bad} to production`);
  await expect(header(page)).toContainText('Asked by Dora Developer');
  const found = rows(page.getByRole('table', { name: 'Evidence' }));
  await expect(found.filter({ hasText: 'Image' })).toContainText('pinned');
  await expect(found.filter({ hasText: 'Last deploys' })).toContainText('none of 1 failed');
  await expect(found.filter({ hasText: 'Scan' })).toContainText('goes on without it: The scanner is being moved.');
  await expect(found.filter({ hasText: 'Signature' })).toContainText('goes on without it: Signing begins next month.');
  await expect(main).toContainText('0 of 1');
  await expect(main).toContainText('Your approval is the last that is needed: the deploy that Fairway drives goes on');
}

/** What the page of the canary says once it is undone: by which rule, on which samples, beside which threshold; and what was ordered. */
async function expectUndone(page: Page): Promise<void> {
  await expect(said(page)).toContainText('A failed deployment: it was rolled back.', soon);
  await expect(said(page)).toContainText(rule);
  await expect(said(page)).toContainText(/From the failure that was seen to the release before, watched and good:\s+\d+\s+(s|min)/);
  for (const step of [2, 3]) await expect(steps(page).nth(step)).toContainText('not reached');
  for (const share of [5, 25]) await expect(errors(page)).toContainText(`exposed to ${share} %`);
  await expect(errors(page)).toContainText('at most 1 %');
  await expect(errors(page)).toContainText('version before');
  await expect(errors(page)).toContainText(/2 of \d+ samples beyond the threshold/);
  await expect(rows(page.getByRole('table', { name: 'Evidence' })).filter({ hasText: 'Backup' })).toContainText('backup shop-1');
  await expect(page.getByRole('main')).toContainText('Incidents that name it');
  const acts = ['back_up', 'deploy', 'set_weight', 'roll_back', 'mark_stable'];
  await expect.poll(() => executor.orders.map((order) => order.act), soon).toEqual(acts);
  expect(executor.problems).toEqual([]);
  expect([shop.share(good), shop.share(bad)]).toEqual([100, 0]);
}

test('history has the rollback as a deploy of its own, and DORA one failed deployment and its recovery', async ({ page, context }) => {
  await become(context, leads);
  await page.goto('/deploys?service=shop&environment=production');
  const history = rows(page.getByRole('main'));
  await expect(history).toHaveCount(3);
  await expect(history.nth(0)).toContainText(good);
  await expect(history.nth(0)).toContainText('succeeded');
  await expect(history.nth(0)).toContainText('rollback');
  await expect(history.nth(1)).toContainText(bad);
  await expect(history.nth(1)).toContainText('rolled back');
  await expect(history.nth(1)).toContainText('failed in use');
  await history.nth(0).getByRole('rowheader').getByRole('link').click();
  await expect(said(page)).toContainText('It undoes another deploy');
  await expect(said(page)).toContainText(rule);
  await expect(said(page)).toContainText(/Time to roll back:\s+\d+\s+(s|min)/);
  await awake(page);
  await expectAccessible(page);

  await page.goto('/services/shop');
  await page.getByRole('main').getByRole('link', { name: 'DORA', exact: true }).click();
  await expectAt(page, '/dora', { service: 'shop' });
  const figures = page.getByRole('region', { name: 'The five metrics' });
  const figure = (name: string) => figures.locator('.metric').filter({ has: page.getByRole('link', { name, exact: true }) });
  await reloadUntil(page, figure('Recovery'), 'n 1');
  await expect(figure('Recovery')).toContainText(/\d+\s+(s|min)/);
  await expect(figure('Change fail rate')).toContainText('1 younger than 24 h, 1 of them failed');
  await awake(page);
  await expectAccessible(page);
  await figures.getByRole('link', { name: 'Recovery', exact: true }).click();
  await expectFailed(page, 'Restored');
  await page.goto('/dora?service=shop');
  await figures.getByRole('link', { name: 'Change fail rate', exact: true }).click();
  await page.getByRole('navigation', { name: 'Which rows' }).getByRole('link', { name: 'Exposed less than 24 h ago' }).click();
  await expectFailed(page, 'Exposed less than 24 h ago');
});

/** The canary is the only row: why it failed, and how long users had it. */
async function expectFailed(page: Page, name: string): Promise<void> {
  const failed = rows(page.getByRole('table', { name, exact: true }));
  await expect(failed).toHaveCount(1);
  await expect(failed.getByRole('link', { name: bad })).toHaveAttribute('href', canary);
  await expect(failed).toContainText('it was rolled back');
  await expect(failed.getByRole('cell').last()).toContainText(/^\d+\s+(s|min)/);
}
