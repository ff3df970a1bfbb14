// visit.mjs ADDRESS COOKIE: signed in by the cookie's value, opens a page with a table as for the first time, again and again, in Debian's Chromium. Prints the medians of
// when its rows are on the screen and of its largest contentful paint, in milliseconds since the request began.
import { execFileSync } from 'node:child_process';
import { chromium } from '@playwright/test';

const visits = 9;
const [address, cookie] = process.argv.slice(2);
if (!address || !cookie) throw new Error('say which page, and the cookie: visit.mjs http://localhost:3000/services fairway=…');
const executablePath = execFileSync('sh', ['-c', 'command -v chromium || true'], { encoding: 'utf8' }).trim();
if (!executablePath) throw new Error('chromium is not installed: make setup');

// Runs in the page before anything else: notes the frame after the one that has the table's first rows.
function watch() {
  window.seen = {};
  const look = () => {
    const row = document.querySelector('tbody tr:nth-child(10)');
    if (!row || row.getClientRects().length === 0) return requestAnimationFrame(look);
    requestAnimationFrame(() => (window.seen.rows = performance.now()));
  };
  requestAnimationFrame(look);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.seen.lcp = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
const seen = [];
// One more than counts: the first starts the browser's own processes.
for (let visit = 0; visit <= visits; visit += 1) {
  const context = await browser.newContext();
  const [name, value] = cookie.split(';')[0].split('=');
  await context.addCookies([{ name, value, url: address }]);
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(address, { waitUntil: 'load' });
  await page.waitForFunction(() => window.seen.rows && window.seen.lcp);
  if (visit > 0) seen.push(await page.evaluate(() => window.seen));
  await context.close();
}
await browser.close();

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
console.log(JSON.stringify({ rows: median(seen.map((of) => of.rows)), lcp: median(seen.map((of) => of.lcp)), count: visits }));
