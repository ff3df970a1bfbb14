// What a screen reader is told of every page, word for word: the accessibility tree of each kind of page on the recorded
// month, kept in outlines/. Times and ids differ from run to run and are masked; the third row of a table, point of a
// chart or day of the timeline says nothing new. After a change that is meant: make browser ARGS="outline --update-snapshots",
// and read the difference.
import { remember } from '../canaries.js';
import { awake, expect, test } from '../fixtures.js';
import { admin, signIn, type State } from '../door.js';
import { freePort, Month } from '../month.js';
import { rows } from '../table.js';
import type { Page } from '@playwright/test';

const port = freePort();
test.use({ baseURL: `http://localhost:${port}`, expectedStatuses: [400, 403, 404] });
test.describe.configure({ timeout: 120_000 });

let month: Month;
let service: string;
let cookies: State['cookies'];

test.beforeAll(async ({ playwright }) => {
  test.setTimeout(180_000);
  month = new Month(port);
  const token = month.prepare();
  month.serve();
  const api = await playwright.request.newContext({
    baseURL: `http://localhost:${port}`,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  await expect(async () => expect((await api.get('/readyz')).status()).toBe(200)).toPass({ timeout: 30_000 });
  ({ cookies } = await month.signIn(playwright));
  const expected = await month.play();
  service = Object.keys(expected.services).sort()[0]!;
  // Processing goes on after the last 202.
  await expect(async () => {
    const answer = (await (await api.get('/api/v1/dora')).json()) as { figures: { frequency: { total: number } } };
    expect(answer.figures.frequency.total).toBe(expected.total.counted);
  }).toPass({ timeout: 90_000 });
  await api.dispose();
});

test.beforeEach(({ context }) => context.addCookies(cookies));

test.afterAll(async () => {
  await month?.end();
});

/** What differs between two runs of the same month. */
const masks: [RegExp, string][] = [
  // What an authenticator is told, in its link too.
  [/\b[A-Z2-7]{32}\b/g, '‹secret›'],
  // A session's device is whatever began it.
  [/\ban unknown device\b|\b(Chrome|Edge|Firefox|Safari) on \w+/g, '‹device›'],
  [/\S+\/end2end\/month\.catalog\.yaml/g, '‹folder›/end2end/month.catalog.yaml'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '‹id›'],
  [/\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{1,2} [A-Z][a-z]+ \d{4}/g, '‹day›'],
  [/\b\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*( \d{4})?(, \d\d:\d\d(:\d\d)?)?/g, '‹date›'],
  [/\b\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, '‹date›'],
  [/\b\d\d:\d\d:\d\d\b/g, '‹clock›'],
  [/(in )?\b\d+(\.\d+)? (s|min|h|d|mo|y)( \d+ (s|min|h))?\b( ago)?/g, '‹time›'],
  [/\bjust now\b/g, '‹time›'],
  [/\b[0-9a-f]{40}\b/g, '‹sha›'],
  [/\b[0-9a-f]{24}\b/g, '‹reference›'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7}\b/g, '‹sha›'],
  [/…[0-9a-f]{8}\b/g, '…‹id›'],
  [/(localhost|127\.0\.0\.1):\d+/g, '$1'],
  // What the token has left depends on when its jobs ran.
  [/\b\d\s\d{3} of 5\s000\b/g, '‹n› of 5 000'],
  [/\b(after|before)=[^\s"&]+/g, '$1=‹place›'],
];

/** Weeks begin on Mondays, so the figures by week depend on the day of the run. */
const figures: [RegExp, string] = [/(?<![\d‹a-z])\d+(\.\d+)?(?![\d\w›])/g, '‹n›'];

async function outline(page: Page, masked = masks): Promise<string> {
  await page.evaluate(() => {
    const keepTwo = (all: Iterable<Element>) => [...all].slice(2).forEach((one) => one.remove());
    for (const body of document.querySelectorAll('tbody')) keepTwo(body.rows);
    for (const chart of document.querySelectorAll('.chart svg')) keepTwo(chart.querySelectorAll('a, g[role]'));
    keepTwo(document.querySelectorAll('.day'));
    // Before the outline is written: some short hashes are digits alone, others read as numbers (12e4567) and are put in quotes.
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (/^\s*[0-9a-f]{7}\s*$/.test(text.nodeValue ?? '')) text.nodeValue = '‹sha›';
    }
  });
  const whole = await page.locator('body').ariaSnapshot();
  return `${masked.reduce((text, [found, mask]) => text.replace(found, mask), whole)}\n`;
}

/** Compares the page as it stands with its outline. */
async function compare(page: Page, name: string, masked = masks): Promise<void> {
  await awake(page);
  expect.soft(await outline(page, masked), name).toMatchSnapshot(`${name}.yml`);
}

const pages: [string, () => string][] = [
  ['home', () => '/'],
  ['services', () => '/services'],
  ['services-nothing', () => '/services?q=nothing-is-called-so'],
  ['service', () => `/services/${service}`],
  ['deploys', () => '/deploys'],
  ['approvals', () => '/approvals'],
  ['approvals-open', () => '/approvals?show=open'],
  ['dora', () => '/dora'],
  ['dora-rows', () => '/dora/rows?metric=frequency'],
  ['deliveries', () => '/admin/deliveries'],
  ['unmatched', () => '/admin/unmatched'],
  ['catalog', () => '/catalog'],
  ['catalog-nothing', () => '/catalog?q=nothing-is-called-so'],
  ['teams', () => '/teams'],
  ['admin', () => '/admin'],
  ['environments', () => '/admin/environments'],
  ['policies', () => '/admin/policies'],
  ['new-policy', () => '/admin/policies/new'],
  ['audit', () => '/admin/audit'],
  ['jobs', () => '/admin/jobs'],
  ['people', () => '/admin/people'],
  ['tokens', () => '/admin/tokens'],
  ['admin-teams', () => '/admin/teams'],
  ['sign-in-rules', () => '/admin/sign-in'],
  ['account', () => '/account'],
  ['authenticator', () => '/account/authenticator'],
  ['github', () => '/admin/integrations/github'],
  ['repositories', () => '/admin/integrations/github/repositories'],
  ['gallery', () => '/dev/gallery'],
  ['not-found', () => '/nothing'],
  ['wrong-query', () => '/deploys?kind=sideways'],
];

test('every page reads as it did', async ({ page, context, playwright }) => {
  for (const [name, address] of pages) {
    await page.goto(address());
    await compare(page, name, name.startsWith('dora') ? [...masks, figures] : masks);
  }
  for (const [name, list] of [['deploy', `/deploys?service=${service}&class=production`], ['delivery', '/admin/deliveries?event=deployment'], ['team', '/teams'], ['admin-team', '/admin/teams']] as const) {
    await page.goto(list);
    await awake(page);
    await rows(page.getByRole('main')).last().getByRole('rowheader').getByRole('link').first().click();
    await compare(page, name);
  }
  await page.goto('/admin/people');
  await page.getByRole('main').getByRole('link', { name: admin.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: admin.name })).toBeVisible();
  await compare(page, 'person');

  // From here on something is done, so it comes after what is only looked at.
  await page.goto('/account/authenticator');
  await page.getByRole('button', { name: 'Make the secret' }).click();
  await expect(page.getByRole('img', { name: /as a QR code/ })).toBeVisible();
  await compare(page, 'authenticator-secret');
  remember('an authenticator', (await page.content()).match(/secret=([A-Z2-7]{32})/)?.[1]);

  await page.goto('/admin/people');
  const invitation = page.locator('#invite');
  await invitation.getByLabel('Name').fill('Ben Viewer');
  await invitation.getByLabel('E-mail').fill('ben@fairway.example');
  await invitation.getByLabel('Role').selectOption('viewer');
  await invitation.getByRole('button', { name: 'Make the invitation' }).click();
  const link = (await page.getByRole('note').locator('code').textContent()) ?? '';
  const viewer = await signIn(playwright, link, { password: 'seven quiet lanterns adrift' });
  await context.clearCookies();
  await context.addCookies(viewer.cookies);
  expect((await page.goto('/admin/jobs'))?.status()).toBe(403);
  await compare(page, 'refused');

  await context.clearCookies();
  await page.goto('/sign-in');
  await compare(page, 'sign-in');
});
