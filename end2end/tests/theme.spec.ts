// Colours: chosen anywhere, kept everywhere, there from the first byte.
import { expect, scripts, test } from '../fixtures.js';

for (const [name, theme, scheme] of [['Dark', 'dark', 'light'], ['Light', 'light', 'dark']] as const) {
  test(`${theme} is kept on every page, whatever the system prefers`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto('/services?owner=payments');
    const background = () => page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    const system = scripts() ? await background() : '';
    await page.getByRole('button', { name, exact: true }).click();
    await expect(page, 'the page it was chosen on').toHaveURL(/\/services\?owner=payments$/);
    for (const address of ['/services?owner=payments', '/deploys', '/dora']) {
      // What the server sends says it; no script sets it afterwards, so nothing can flash.
      const html = await (await page.goto(address))?.text();
      expect(html?.slice(0, html.indexOf('<head>')), address).toContain(`data-theme="${theme}"`);
      await expect(page.getByRole('button', { name, exact: true })).toHaveAttribute('aria-pressed', 'true');
    }
    if (scripts()) expect(await background()).not.toBe(system);
    await page.getByRole('button', { name: 'System', exact: true }).click();
    await expect(page.getByRole('button', { name: 'System', exact: true })).toHaveAttribute('aria-pressed', 'true');
  });
}
