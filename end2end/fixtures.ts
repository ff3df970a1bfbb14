// What every browser test gets: a page that fails the test on anything a person would not see but that is broken,
// and one call that checks accessibility in both themes.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test as base, type Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { rememberBrowser, rememberSent } from './canaries.js';
import { demoLink, signIn, type State } from './door.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type Options = {
  /** Answers of our own server that a test asks for on purpose, such as 404 on the page for it. */
  expectedStatuses: number[];
};

type Fixtures = {
  /** What went wrong unseen; a test may look, and any entry left at its end fails it. */
  problems: string[];
};

type Shared = {
  /** The demo's admin, signed in once for each worker. */
  signedIn: State;
};

export const test = base.extend<Options & Fixtures, Shared>({
  signedIn: [
    async ({ playwright }, use) => {
      await use(await signIn(playwright, demoLink('admin')));
    },
    { scope: 'worker' },
  ],
  storageState: async ({ signedIn }, use) => {
    await use(signedIn);
  },
  expectedStatuses: [[], { option: true }],
  problems: [
    async ({ page, baseURL, expectedStatuses }, use) => {
      const problems: string[] = [];
      await watch(page, baseURL ?? '', expectedStatuses, problems);
      await use(problems);
      await rememberBrowser(page.context());
      expect(problems, 'errors that the page hid').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

async function watch(page: Page, origin: string, expectedStatuses: number[], problems: string[]): Promise<void> {
  const ours = (url: string) => url.startsWith(origin);
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // The page itself only warns when its islands stay asleep; here that is a failure.
    const matters = message.type() === 'error' || /content security policy|^Live parts of this page/i.test(message.text());
    if (!matters) return;
    // Chromium repeats every answer ≥ 400 on the console; those are judged below, by status.
    if (/^Failed to load resource: the server responded with a status of/.test(message.text())) return;
    problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('request', (request) => {
    if (ours(request.url())) rememberSent(request);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Leaving a page cuts its open requests off, such as an event stream; and with scripts off the browser refuses theirs.
    const expected = why === 'net::ERR_ABORTED' || (why === 'csp' && !scripts() && request.resourceType() === 'script');
    if (ours(request.url()) && !expected) problems.push(`request: ${request.url()} ${why}`);
  });
  page.on('response', (response) => {
    if (ours(response.url()) && response.status() >= 400 && !expectedStatuses.includes(response.status())) {
      problems.push(`answer ${response.status()}: ${response.url()}`);
    }
  });
  await page.exposeFunction('fairwayReportViolation', (text: string) => problems.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (window as unknown as { fairwayReportViolation: (text: string) => void }).fairwayReportViolation;
      report(`content security policy: ${event.violatedDirective} forbids ${event.blockedURI || 'inline'}`);
    });
  });
}

/** Whether this project runs the pages' scripts. */
export function scripts(): boolean {
  return test.info().project.use.javaScriptEnabled !== false;
}

/** Waits until the islands of the page work; without scripts there is nothing to wait for. */
export async function awake(page: Page): Promise<void> {
  if (scripts()) await expect(page.locator('html[data-awake]')).toBeAttached();
}

/**
 * Checks the page as it stands against every rule of axe-core, light and dark: by the cookie that the switch in the top
 * bar sets, so the page is loaded again for each. axe needs scripts; where they are off it is skipped.
 */
export async function expectAccessible(page: Page): Promise<void> {
  if (!scripts()) return;
  for (const theme of ['light', 'dark']) {
    await page.context().addCookies([{ name: 'fairway_theme', value: theme, url: page.url() }]);
    await page.reload();
    await awake(page);
    expect(await axe(page), `axe, ${theme}, ${new URL(page.url()).pathname}`).toEqual([]);
  }
  await page.context().clearCookies({ name: 'fairway_theme' });
}

/** The page as it stands now: one line for each element that breaks a rule. */
export async function axe(page: Page): Promise<string[]> {
  // evaluate is not subject to the content security policy; a script tag would be.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}
