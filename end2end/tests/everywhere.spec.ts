// What holds for every page, whichever there are: they are found by following the site's own links.
import type { Page } from '@playwright/test';
import { awake, expect, expectAccessible, scripts, test } from '../fixtures.js';
import { demoLink } from '../door.js';
import { crawl, kind, oneOfEach } from '../site.js';

test.describe.configure({ timeout: 600_000 });

/** What is looked at below only if a link leads there: the pages about people and what they may. */
const ofPeople = [
  '/account',
  '/account/authenticator',
  '/admin/people',
  '/admin/people/:',
  '/admin/sign-in',
  '/admin/teams',
  '/admin/teams/:',
  '/admin/tokens',
];

test('links lead to every page about people', async ({ request }) => {
  test.skip(!scripts(), 'the same links in both projects');
  const kinds = (await oneOfEach(request)).map(kind);
  expect(ofPeople.filter((page) => !kinds.includes(page))).toEqual([]);
});

test('no link leads nowhere', async ({ request }) => {
  test.skip(!scripts(), 'the same links in both projects');
  const pages = await crawl(request, 25, 300);
  const broken = pages.filter((page) => page.status !== 200).map((page) => `${page.status} ${page.address} (from ${page.from})`);
  expect(broken).toEqual([]);
  expect(pages.length, 'the demo organisation has pages to visit').toBeGreaterThan(20);
});

/** One heading, and nothing inline; gives the title. */
function expectPlain(address: string, html: string): string {
  expect.soft(html.match(/<h1\b/g)?.length, `headings of ${address}`).toBe(1);
  expect.soft(html, `inline style on ${address}`).not.toMatch(/<[a-z][^>]*\sstyle="/i);
  expect.soft(html, `inline handler on ${address}`).not.toMatch(/<[a-z][^>]*\son[a-z]+="/i);
  return html.match(/<title>([^<]*)<\/title>/)?.[1] ?? '';
}

test('every page has one heading, a title of its own, and no inline style or script', async ({ request }) => {
  test.skip(!scripts(), 'the same bytes in both projects');
  const titles = new Map<string, string>();
  for (const { address, html } of await crawl(request, 2, 120)) {
    const title = expectPlain(address, html);
    const path = address.split('?')[0]!;
    const other = titles.get(title);
    expect.soft(other === undefined || other === path, `${path} and ${other} are both called "${title}"`).toBe(true);
    titles.set(title, path);
  }
});

test('every status is a word in lower case, unless it begins with a name', async ({ request }) => {
  test.skip(!scripts(), 'the same bytes in both projects');
  for (const { address, html } of await crawl(request, 2, 120)) {
    const words = [...html.matchAll(/<span class="status"[^>]*>.*?<\/svg><span>([^<]*)/g)].map((match) => match[1]!);
    expect.soft(words.filter((word) => /^(?!GitHub )[A-Z]/.test(word)), address).toEqual([]);
  }
});

test('every kind of page is accessible and wakes up, light and dark', async ({ page, request }) => {
  for (const address of await oneOfEach(request)) {
    await test.step(address, async () => {
      await page.goto(address);
      await awake(page);
      await expect(page.getByRole('main')).toBeVisible();
      await expectAccessible(page);
    });
  }
});

/** How far the page scrolls sideways, and which of its texts are cut without an ellipsis. */
async function fit(page: Page): Promise<{ over: number; cut: string[] }> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const scrolls = (element: Element | null): boolean =>
      element !== null && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const cut: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!;
      if (!node.textContent?.trim() || !element.checkVisibility() || element.closest('.sr-only, svg, select, .skip')) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const text = range.getBoundingClientRect();
      // The nearest ancestor that clips must show that it does, unless one scrolls to what is hidden.
      for (let box: HTMLElement | null = element; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (!['hidden', 'clip'].includes(style.overflowX)) continue;
        const edge = box.getBoundingClientRect();
        // Kept for those who listen.
        if (edge.width <= 1) break;
        if (text.right <= edge.right + 1 && text.left >= edge.left - 1) continue;
        if (style.textOverflow === 'ellipsis' || scrolls(element)) break;
        cut.push(`"${node.textContent.trim().slice(0, 40)}" in ${box.className || box.tagName}`);
        break;
      }
    }
    return { over: root.scrollWidth - root.clientWidth, cut };
  });
}

// 320 px is also 1280 px at 400 %; 720 px is 1440 px at 200 %.
for (const width of [320, 390, 720]) {
  test(`no page scrolls sideways or hides a text at ${width} px`, async ({ page, request }) => {
    test.skip(!scripts(), 'measuring needs scripts');
    await page.setViewportSize({ width, height: 844 });
    for (const address of await oneOfEach(request)) {
      await page.goto(address);
      await awake(page);
      const { over, cut } = await fit(page);
      expect.soft(over, `${address} scrolls sideways`).toBeLessThanOrEqual(0);
      expect.soft(cut, `${address} cuts texts without an ellipsis`).toEqual([]);
    }
  });
}

test.describe('whoever is outside', () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test('finds the ways in as good as what is behind them', async ({ page, request }) => {
    test.skip(!scripts(), 'measuring needs scripts');
    const link = new URL(demoLink('manager'));
    const titles = new Set<string>();
    for (const address of ['/sign-in', '/sign-in/code', `${link.pathname}${link.search}`]) {
      titles.add(expectPlain(address, await (await request.get(address)).text()));
      for (const width of [320, 390, 720]) {
        await page.setViewportSize({ width, height: 844 });
        await page.goto(address);
        await awake(page);
        const { over, cut } = await fit(page);
        expect.soft(over, `${address} scrolls sideways at ${width} px`).toBeLessThanOrEqual(0);
        expect.soft(cut, `${address} cuts texts without an ellipsis at ${width} px`).toEqual([]);
      }
      await expectAccessible(page);
    }
    expect(titles.size, [...titles].join(', ')).toBe(3);
  });
});

test('a telephone shows every column that is left to a table, and fields that keep to their place', async ({ page }) => {
  test.skip(!scripts(), 'measuring needs scripts');
  await page.setViewportSize({ width: 390, height: 844 });
  for (const address of ['/', '/services', '/deploys', '/dora', '/dora/rows?metric=frequency', '/admin/deliveries', '/admin/audit', '/admin/environments', ...ofPeople.filter((page) => !page.includes(':'))]) {
    await page.goto(address);
    await awake(page);
    const wide = await page.locator('.table-frame:visible').evaluateAll((frames) =>
      frames.filter((frame) => frame.scrollWidth > frame.clientWidth).map((frame) => frame.querySelector('caption')?.textContent),
    );
    expect.soft(wide, `${address}: tables cut at the edge`).toEqual([]);
  }
  await page.setViewportSize({ width: 320, height: 844 });
  await page.goto('/deploys');
  await awake(page);
  const spilt = await page.locator('.field > .control').evaluateAll((controls) =>
    controls.filter((control) => control.getBoundingClientRect().right > control.parentElement!.getBoundingClientRect().right + 0.5).length,
  );
  expect(spilt, 'fields over their neighbours').toBe(0);
});

test('what a colour says stays visible in forced colours', async ({ page, request }) => {
  test.skip(!scripts(), 'measuring needs scripts');
  await page.emulateMedia({ forcedColors: 'active' });
  for (const address of await oneOfEach(request)) {
    await page.goto(address);
    await awake(page);
    const bare = await page.evaluate(() => {
      const framed = (element: Element) => {
        const { borderStyle, borderWidth, outlineStyle } = getComputedStyle(element);
        return (borderStyle !== 'none' && borderWidth !== '0px') || outlineStyle !== 'none';
      };
      const marks = '.badge, .notice, .button, .channel-mark[data-here], .rail a[aria-current], .tabs a[aria-current], .facets a[aria-current]';
      return [...document.querySelectorAll(marks)].filter((mark) => mark.checkVisibility() && !framed(mark)).map((mark) => mark.className || mark.outerHTML.slice(0, 80));
    });
    expect.soft(bare, `${address}: nothing but a background tells these`).toEqual([]);
  }
});

test('on paper stands the page, not what leads through the site', async ({ page, request }) => {
  test.skip(!scripts(), 'measuring needs scripts');
  // A4 between its margins, at 96 dots an inch.
  await page.setViewportSize({ width: 718, height: 1000 });
  await page.emulateMedia({ media: 'print' });
  for (const address of await oneOfEach(request)) {
    await page.goto(address);
    await expect(page.getByRole('heading', { level: 1 }), address).toBeVisible();
    for (const gone of ['.rail', '.top', '.filters', '.pagination', '.skip', '.theme-switch']) {
      await expect(page.locator(gone).filter({ visible: true }), `${address}: ${gone}`).toHaveCount(0);
    }
    const { over } = await fit(page);
    expect.soft(over, `${address} is wider than the paper`).toBeLessThanOrEqual(0);
    const background = await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    expect.soft(background, `${address} is printed on white`).toBe('rgb(255, 255, 255)');
  }
});
