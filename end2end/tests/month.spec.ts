// The main job on real input: a month of signed GitHub deliveries in, and the pages show exactly what happened.
import { awake, expect, test } from '../fixtures.js';
import type { State } from '../door.js';
import { freePort, Month, type Expected, type Figures } from '../month.js';
import { countAll, number, rows } from '../table.js';

const port = freePort();
const url = `http://localhost:${port}`;
test.use({ baseURL: url });
// One server and one month for all of them.
test.describe.configure({ mode: 'serial', timeout: 120_000 });

let month: Month;
let expected: Expected;
let cookies: State['cookies'];

type Spread = { median: number | null; n: number };
type Answer = {
  figures: {
    frequency: { total: number };
    lead_time: { total: Spread; unknown: number };
    change_fail_rate: { failed: number; mature: number };
    recovery: { total: Spread; open: number };
    rework: { unplanned: number };
  };
};

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(180_000);
  month = new Month(port);
  const token = month.prepare();
  month.serve();
  const api = await playwright.request.newContext({ baseURL: url, extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  await expect(async () => expect((await api.get('/readyz')).status()).toBe(200)).toPass({ timeout: 30_000 });
  ({ cookies } = await month.signIn(playwright));
  expected = await month.play();
  expect(expected.posted).toBeGreaterThan(expected.deliveries);
  // Processing goes on after the last 202; the figures arrive by themselves.
  for (const [service, { figures }] of [['', { figures: expected.total }] as const, ...Object.entries(expected.services)]) {
    await expect(async () => {
      const answer = await api.get(`/api/v1/dora${service && `?service=${service}`}`);
      expect(told((await answer.json()) as Answer), service || 'organisation').toEqual(wanted(figures));
    }).toPass({ timeout: 60_000 });
  }
  await api.dispose();
});

test.beforeEach(({ context }) => context.addCookies(cookies));

test.afterAll(async () => {
  await month?.end();
});

/** `percentile_cont(0.5)`. */
function median(values: number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  if (sorted.length === 0) return null;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function wanted({ counted, failed, restored, rework, leads, recoveries }: Figures) {
  return {
    counted,
    failed,
    mature: counted,
    rework,
    leadTime: { n: leads.length, median: median(leads), unknown: 0 },
    recovery: { n: restored, median: median(recoveries), open: failed - restored },
  };
}

function told({ figures: { frequency, lead_time, change_fail_rate, recovery, rework } }: Answer) {
  return {
    counted: frequency.total,
    failed: change_fail_rate.failed,
    mature: change_fail_rate.mature,
    rework: rework.unplanned,
    leadTime: { n: lead_time.total.n, median: lead_time.total.median, unknown: lead_time.unknown },
    recovery: { n: recovery.total.n, median: recovery.total.median, open: recovery.open },
  };
}

test('every delivery is there once, and none waits or is dead', async ({ page }) => {
  const counts = page.getByRole('navigation', { name: 'State' }).getByRole('link');
  const count = async (name: RegExp) => number(await counts.filter({ hasText: name }).innerText());
  await expect(async () => {
    await page.goto('/admin/deliveries');
    expect(await count(/^waiting/)).toBe(0);
  }).toPass();
  expect(await count(/^dead/)).toBe(0);
  expect((await count(/^processed/)) + (await count(/^ignored/))).toBe(expected.deliveries);
});

test('the catalog shows what runs in production', async ({ page }) => {
  await page.goto('/services');
  await awake(page);
  const services = rows(page.getByRole('table', { name: 'Services' }));
  await expect(services).toHaveCount(Object.keys(expected.services).length);
  for (const [slug, { running }] of Object.entries(expected.services)) {
    const row = services.filter({ has: page.getByRole('link', { name: slug, exact: true }) });
    await expect(row.getByRole('link', { name: running.production!, exact: true })).toBeVisible();
    await expect(row.getByText('healthy')).toBeVisible();
  }
});

test('each service shows what runs where, and what production does not have', async ({ page }) => {
  for (const [slug, { running, repository, waiting }] of Object.entries(expected.services)) {
    await page.goto(`/services/${slug}`);
    await awake(page);
    const where = rows(page.getByRole('table', { name: 'Running where' }));
    await expect(where).toHaveCount(Object.keys(running).length);
    for (const [environment, version] of Object.entries(running)) {
      await expect(where.filter({ hasText: environment }).getByRole('link')).toHaveText(version);
    }
    await expect(page.getByRole('link', { name: 'Repository' })).toHaveAttribute('href', `https://github.com/${repository}`);
    const undelivered = rows(page.getByRole('table', { name: 'Changes not in production' }));
    await expect(undelivered).toHaveCount(waiting.length);
    for (const [index, title] of waiting.entries()) await expect(undelivered.nth(index)).toContainText(title);
  }
});

test('the timeline has each deploy once', async ({ page }) => {
  for (const [slug, { deploys }] of Object.entries(expected.services)) {
    for (const [environment, count] of Object.entries(deploys)) {
      await page.goto(`/deploys?service=${slug}&environment=${environment}`);
      expect(await countAll(page, page.getByRole('main'), 'Older'), `${slug} to ${environment}`).toBe(count);
    }
  }
});

test('DORA shows the figures, and every figure its rows', async ({ page }) => {
  const scopes = [['', expected.total] as const, ...Object.entries(expected.services).map(([slug, { figures }]) => [slug, figures] as const)];
  for (const [slug, figures] of scopes) {
    const scope = slug && `service=${slug}&`;
    const sets = [
      ['metric=frequency', figures.counted],
      ['metric=lead_time', figures.leads.length],
      ['metric=change_fail_rate', figures.failed],
      ['metric=change_fail_rate&rows=mature', figures.counted],
      ['metric=recovery', figures.restored],
      ['metric=rework', figures.rework],
    ] as const;
    for (const [set, count] of sets) {
      await page.goto(`/dora/rows?${scope}${set}`);
      const tab = page.getByRole('navigation', { name: 'Which rows' }).locator('[aria-current="page"]');
      expect(number(await tab.innerText()), `${slug} ${set}`).toBe(count);
      expect(await countAll(page, page.getByRole('main').getByRole('table').last(), 'Older'), `${slug} ${set}`).toBe(count);
    }
    await page.goto(`/dora?${scope}`);
    await awake(page);
    const strip = page.getByRole('region', { name: 'The five metrics' });
    await expect(strip).toContainText(new RegExp(`n\\s${figures.counted}(?!\\d)`));
    await expect(strip).toContainText(new RegExp(`n\\s${figures.leads.length}(?!\\d)`));
  }
});

test('what no catalog file names waits for a person', async ({ page }) => {
  await page.goto('/admin/unmatched');
  await awake(page);
  const waiting = rows(page.getByRole('table', { name: 'Waiting deployments' }));
  await expect(waiting).toHaveCount(1);
  await expect(waiting).toContainText('acme/sandbox');
  await expect(waiting.getByRole('cell').first()).toHaveText(String(expected.unmatched));
});
