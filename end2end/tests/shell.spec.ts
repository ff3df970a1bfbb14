// What stands around every page: rail, top bar, colours, the way out of an error, headers, files.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';

test('home has a title, landmarks and no fault that axe knows', async ({ page }) => {
  await page.goto('/');
  await awake(page);
  await expect(page).toHaveTitle(/Fairway$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await expect(page.getByRole('main')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expectAccessible(page);
});

test('the first stop of the keyboard skips to the content', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#main$/);
});

test('colours are chosen by a form, kept, and there from the first byte', async ({ page, request }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page).toHaveURL('/');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  // The server wrote it: nothing can flash.
  const cookies = await page.context().cookies();
  const theme = cookies.find((cookie) => cookie.name === 'fairway_theme');
  const html = await (await request.get('/sign-in', { headers: { cookie: `fairway_theme=${theme?.value}` } })).text();
  expect(html).toContain('data-theme="dark"');
});

test.describe('an address that does not exist', () => {
  test.use({ expectedStatuses: [404] });

  test('answers 404 with ways out', async ({ page }) => {
    const answer = await page.goto('/no/such/page');
    expect(answer?.status()).toBe(404);
    const main = page.getByRole('main');
    await expect(main.getByRole('heading', { level: 1, name: 'Nothing here' })).toBeVisible();
    await expect(main.getByRole('link', { name: 'Home' })).toBeVisible();
    await expect(main.getByRole('search')).toBeVisible();
    await expectAccessible(page);
    await main.getByRole('link', { name: 'Home' }).click();
    await expect(page).toHaveURL('/');
  });
});

test('a narrow screen keeps the menu and scrolls one way only', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/');
  await page.locator('summary[aria-label="Menu"]').click();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Services', exact: true })).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});

test('every component of the gallery is accessible', async ({ page }) => {
  await page.goto('/dev/gallery');
  await awake(page);
  await expectAccessible(page);
});

test('every link of the gallery holds one query at most', async ({ page }) => {
  await page.goto('/dev/gallery');
  const addresses = await page.locator('main a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.filter((address) => address.split('?').length > 2)).toEqual([]);
});

test('answers carry their headers and files are kept for ever', async ({ request }) => {
  test.skip(!scripts(), 'the same answers in both projects');
  const home = await request.get('/');
  const headers = home.headers();
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-store');
  const css = (await home.text()).match(/href="([^"]+\.css)"/)?.[1];
  expect(css, 'a stylesheet with its hash in the name').toMatch(/\/pkg\/fairway\..+\.css$/);
  const file = await request.get(css!, { headers: { 'accept-encoding': 'br' } });
  expect(file.headers()['cache-control']).toContain('immutable');
  expect(file.headers()['content-encoding']).toBe('br');
});

test('a first visit stays within its budget', async ({ page }) => {
  test.skip(!scripts(), 'without scripts the visit is smaller');
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  let transferred = 0;
  client.on('Network.loadingFinished', (event) => (transferred += event.encodedDataLength));
  await page.goto('/');
  await awake(page);
  // 240 KB in all, the wasm included; promises of the design, speed.
  expect(transferred).toBeLessThanOrEqual(240_000);
  expect(transferred).toBeGreaterThan(10_000);
});
