// One picture of a page each: make screenshots.
import { awake, test } from './fixtures.js';

type Picture = { name: string; address: string; theme?: 'dark'; width?: number; height?: number };

const pictures: Picture[] = [
  { name: 'service', address: '/services/payments-api' },
  { name: 'service-dark', address: '/services/payments-api', theme: 'dark' },
  { name: 'service-narrow', address: '/services/payments-api', width: 390, height: 844 },
  { name: 'catalog', address: '/services' },
  { name: 'deploy', address: '/deploys?service=recommendations&state=rolled_back' },
  { name: 'dora', address: '/dora' },
];

for (const { name, address, theme = 'light', width = 1440, height = 900 } of pictures) {
  test(name, async ({ page, baseURL }) => {
    await page.context().addCookies([{ name: 'fairway_theme', value: theme, url: baseURL! }]);
    await page.setViewportSize({ width, height });
    await page.goto(address);
    // A list stands for its first row's page.
    if (name === 'deploy') await page.getByRole('main').getByRole('rowheader').getByRole('link').first().click();
    await awake(page);
    await page.screenshot({ path: `../docs/screenshots/${name}.png`, animations: 'disabled' });
  });
}
