// What holds for every page, whichever there are: they are found by following the site's own links.
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { crawl, oneOfEach } from '../site.js';

test.describe.configure({ timeout: 180_000 });

test('no link leads nowhere', async ({ request }) => {
  test.skip(!scripts(), 'the same links in both projects');
  const pages = await crawl(request, 25, 300);
  const broken = pages.filter((page) => page.status !== 200).map((page) => `${page.status} ${page.address} (from ${page.from})`);
  expect(broken).toEqual([]);
  expect(pages.length, 'the demo organisation has pages to visit').toBeGreaterThan(20);
});

test('every page has one heading, a title of its own, and no inline style or script', async ({ request }) => {
  test.skip(!scripts(), 'the same bytes in both projects');
  const titles = new Map<string, string>();
  for (const { address, html } of await crawl(request, 2, 120)) {
    expect.soft(html.match(/<h1\b/g)?.length, `headings of ${address}`).toBe(1);
    expect.soft(html, `inline style on ${address}`).not.toMatch(/<[a-z][^>]*\sstyle="/i);
    expect.soft(html, `inline handler on ${address}`).not.toMatch(/<[a-z][^>]*\son[a-z]+="/i);
    const title = html.match(/<title>([^<]*)<\/title>/)?.[1] ?? '';
    const path = address.split('?')[0]!;
    const other = titles.get(title);
    expect.soft(other === undefined || other === path, `${path} and ${other} are both called "${title}"`).toBe(true);
    titles.set(title, path);
  }
});

test('every kind of page is accessible, wakes up and keeps to a narrow screen', async ({ page, request }) => {
  for (const address of await oneOfEach(request)) {
    await test.step(address, async () => {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(address);
      await awake(page);
      await expect(page.getByRole('main')).toBeVisible();
      await expectAccessible(page);
      await page.setViewportSize({ width: 390, height: 844 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(over, `${address} scrolls sideways at 390 px`).toBeLessThanOrEqual(0);
    });
  }
});
