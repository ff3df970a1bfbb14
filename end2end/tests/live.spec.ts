// Open pages follow what happens, and what is being read stays where it is.
import type { APIRequestContext, Locator, Page } from '@playwright/test';
import { awake, axe, expect, scripts, test } from '../fixtures.js';
import type { State } from '../door.js';
import { freePort } from '../month.js';
import { OwnFairway } from '../own.js';
import { rows } from '../table.js';

const port = freePort();
const url = `http://localhost:${port}`;
test.use({ baseURL: url });
// One server for all of them, and one of them stops it.
test.describe.configure({ mode: 'serial', timeout: 90_000 });
// A change is there within two seconds, but a transaction anywhere on the same PostgreSQL holds the feed up until it ends.
const soon = { timeout: 30_000 };

let fairway: OwnFairway;
let api: APIRequestContext;
let cookies: State['cookies'];

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(120_000);
  fairway = new OwnFairway('live', port);
  api = await fairway.begin(playwright);
  ({ cookies } = await fairway.signIn(playwright));
  for (const name of ['shop', 'till']) {
    const answer = await api.post('/api/v1/services', { data: { name, owner: 'team-checkout', tier: 1 } });
    expect(answer.status()).toBe(201);
  }
  // A history that is longer than a window.
  for (let version = 1; version <= 30; version += 1) await deploy('shop', `1.${version}.0`, 'succeeded');
});

test.beforeEach(({ context }) => context.addCookies(cookies));

test.afterAll(async () => {
  await api?.dispose();
  await fairway?.end();
});

/** Reports a production deploy that is in a state now; gives its id. */
async function deploy(service: string, version: string, state: string): Promise<string> {
  const answer = await api.post('/api/v1/deploys', { data: { service, environment: 'production', version, phases: [{ state }] } });
  expect(answer.status(), await answer.text()).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

async function phase(id: string, state: string): Promise<void> {
  const answer = await api.post(`/api/v1/deploys/${id}/phases`, { data: { state } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** Opens a page and marks its document, so that a reload would be seen. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto(`${url}${address}`);
  await awake(page);
  await page.evaluate(() => document.documentElement.setAttribute('data-same', ''));
  await expect(page.locator('.live-switch')).toHaveAttribute('data-state', 'live');
}

async function expectNotReloaded(page: Page): Promise<void> {
  await expect(page.locator('html[data-same]')).toBeAttached();
}

function pill(page: Page, region: string): Locator {
  return page.locator(`[data-region="${region}"] .live-pill button`);
}

test('a page without scripts says nothing of being live, and shows the same', async ({ page }) => {
  test.skip(scripts(), 'with scripts it is live');
  await page.goto('/deploys');
  await expect(page.locator('.live-switch')).toBeHidden();
  await expect(rows(page.getByRole('main'))).toHaveCount(30);
});

test('a deploy that is reported comes to every page that lists it, and is followed to its end', async ({ page, context }) => {
  test.skip(!scripts(), 'without scripts a page is reloaded');
  const [service, list, detail] = [await context.newPage(), await context.newPage(), await context.newPage()];
  await open(page, '/');
  await open(service, '/services/shop');
  await open(list, '/deploys');
  const before = await rows(list.getByRole('main')).count();
  const id = await deploy('shop', '2.0.0', 'deploy');
  for (const [on, region] of [[page, 'in-flight'], [service, 'deploys'], [list, 'deploys']] as const) {
    const button = pill(on, region);
    await expect(button).toHaveText('1 new deploy', soon);
    await expect(on.getByRole('status').filter({ hasText: '1 new deploy' })).toBeAttached();
    await expect(on.locator(`[data-region="${region}"]`).getByText('2.0.0')).toHaveCount(0);
    expect(await axe(on)).toEqual([]);
    await button.click();
    await expect(on.locator(`[data-region="${region}"] tbody tr`).first()).toContainText('2.0.0');
    await expect(button).toHaveCount(0);
    await expectNotReloaded(on);
  }
  await expect(rows(list.getByRole('main'))).toHaveCount(before + 1);

  await open(detail, `/deploys/${id}`);
  const phases = rows(detail.getByRole('table', { name: 'Phases' }));
  const known = await phases.count();
  await phase(id, 'verify');
  await phase(id, 'succeeded');
  // Nobody presses anything: what is there already changes where it stands.
  await expect(detail.locator('.page-header')).toContainText('succeeded', soon);
  await expect(phases).toHaveCount(known + 2);
  await expect(list.locator(`tr[data-item="${id}"]`)).toContainText('succeeded', soon);
  await expect(service.locator(`[data-region="deploys"] tr[data-item="${id}"]`)).toContainText('succeeded', soon);
  await expect(service.locator('[data-region="channel"]')).toContainText('2.0.0');
  // On Home it left the list of what moves, and it waits to come to the list below.
  await expect(page.locator(`tr[data-item="${id}"][data-gone]`)).toBeAttached(soon);
  await pill(page, 'delivered').click();
  await expect(page.locator(`[data-region="delivered"] tr[data-item="${id}"]`)).toContainText('succeeded');
  for (const on of [page, service, list, detail]) await expectNotReloaded(on);
});

test('focus, selection and place stay while rows change and new ones wait', async ({ page }) => {
  test.skip(!scripts(), 'without scripts nothing changes');
  const moving = await deploy('till', '5.0.0', 'deploy');
  await page.setViewportSize({ width: 1000, height: 500 });
  await open(page, '/deploys');
  const list = rows(page.getByRole('main'));
  const count = await list.count();
  const link = list.filter({ hasText: '1.20.0' }).getByRole('link').first();
  await link.focus();
  await page.evaluate(() => {
    const row = [...document.querySelectorAll('tbody tr')].find((row) => row.textContent?.includes('1.18.0'))!;
    getSelection()!.selectAllChildren(row.querySelector('th')!);
  });
  const reading = () =>
    page.evaluate(() => ({
      focus: (document.activeElement as HTMLElement).innerText,
      top: Math.round(document.activeElement!.getBoundingClientRect().top),
      selection: getSelection()!.toString(),
      scroll: Math.round(scrollY),
    }));
  const before = await reading();
  expect(before.scroll).toBeGreaterThan(100);
  expect(before.selection).toContain('1.18.0');

  await deploy('shop', '2.1.0', 'succeeded');
  await deploy('till', '5.1.0', 'deploy');
  await phase(moving, 'verify');
  await expect(pill(page, 'deploys')).toHaveText('2 new deploys', soon);
  await expect(page.locator(`tr[data-item="${moving}"]`)).toContainText('verifying', soon);
  await expect(list).toHaveCount(count);
  expect(await reading()).toEqual(before);

  // It hangs over the top of what is seen, and brings the reader to what is new.
  await expect(pill(page, 'deploys')).toBeInViewport();
  await pill(page, 'deploys').press('Enter');
  await expect(list).toHaveCount(count + 2);
  await expect(list.first()).toBeInViewport();
  await expect(page.locator('[data-region="deploys"]')).toBeFocused();
  await expectNotReloaded(page);
});

test('what grows above the reader does not push what is read', async ({ page }) => {
  test.skip(!scripts(), 'without scripts nothing changes');
  const id = await deploy('till', '6.0.0', 'prepare');
  await page.setViewportSize({ width: 900, height: 420 });
  await open(page, `/deploys/${id}`);
  const summary = page.locator('details.correct > summary').first();
  await summary.click();
  await expect(page.locator('details.correct[open]')).toBeAttached();
  await summary.focus();
  const top = () => summary.evaluate((element) => Math.round(element.getBoundingClientRect().top));
  const phases = rows(page.getByRole('table', { name: 'Phases' }));
  const [before, known] = [await top(), await phases.count()];
  for (const state of ['deploy', 'verify', 'failed']) await phase(id, state);
  await expect(phases).toHaveCount(known + 3, soon);
  expect(Math.abs((await top()) - before), 'pixels that it moved').toBeLessThanOrEqual(1);
  await expect(summary).toBeFocused();
  await expect(page.locator('details.correct[open]'), 'what was opened stays open').toBeAttached();
});

test('updates are paused and resumed, and a paused page says since when', async ({ page }) => {
  test.skip(!scripts(), 'without scripts there is nothing to pause');
  await open(page, '/services/till');
  const button = page.locator('.live-switch');
  await button.press('Enter');
  await expect(button).toHaveText(/^Paused since \d\d:\d\d\. Resume updates$/);
  expect(await axe(page)).toEqual([]);
  await deploy('till', '7.0.0', 'succeeded');
  await page.waitForTimeout(3_000);
  await expect(pill(page, 'deploys')).toHaveCount(0);
  // The choice holds for the next page too, which shows what there is when it is drawn.
  await page.goto('/deploys');
  await awake(page);
  await expect(button).toHaveText(/^Paused since/);
  await deploy('till', '7.1.0', 'succeeded');
  await button.click();
  await expect(button).toHaveText('Live. Pause updates');
  await expect(pill(page, 'deploys')).toHaveText('1 new deploy', soon);
});

test('a page outlives its server: it says since when it is alone, and misses nothing', async ({ page, problems }) => {
  test.skip(!scripts(), 'without scripts a page is reloaded');
  await open(page, '/deploys');
  const button = page.locator('.live-switch');
  expect(await fairway.stop(), 'open pages do not keep the process from ending well').toBe(0);
  await expect(button).toHaveText(/^Reconnecting since \d\d:\d\d/, soon);
  await fairway.start(api);
  await deploy('shop', '3.0.0', 'succeeded');
  await expect(pill(page, 'deploys')).toHaveText('1 new deploy', { timeout: 60_000 });
  await expect(button).toHaveText('Live. Pause updates');
  await expectNotReloaded(page);
  // Its requests failed while there was no server, as they should.
  const others = problems.filter((problem) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(problem));
  expect(others).toEqual([]);
  problems.length = 0;
});
