// visit.mjs ADDRESS COOKIE: signed in by the cookie's value, opens a page with a table as for the first time, again and again, in
// Debian's Chromium that is open already. Prints the medians of when its rows are on the screen and of its largest contentful
// paint, in milliseconds since the request began, and of what the same browser takes for a bare page with the same rows, without
// style, script, font or database.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { chromium } from '@playwright/test';

const visits = 9;
const settled = 1500;
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

async function signedIn() {
  const context = await browser.newContext();
  const [name, value] = cookie.split(';')[0].split('=');
  await context.addCookies([{ name, value, url: address }]);
  return context;
}

async function visit(page, where) {
  await page.goto(where, { waitUntil: 'load' });
  await page.waitForFunction(() => window.seen.rows && window.seen.lcp);
  return page.evaluate(() => window.seen);
}

// What the page shows, as words alone.
async function bareRows() {
  const context = await signedIn();
  const page = await context.newPage();
  await page.goto(address);
  const rows = await page.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  await context.close();
  const cell = (words) => `<td>${words.replace(/[&<]/g, (sign) => `&#${sign.charCodeAt(0)};`)}`;
  return `<!doctype html><title>Rows</title><table><tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}`).join('')}</table>`;
}

const bareHtml = await bareRows();
const bareServer = createServer((_, answer) => answer.setHeader('content-type', 'text/html; charset=utf-8').end(bareHtml));
await new Promise((ready) => bareServer.listen(0, '127.0.0.1', ready));
const bareAddress = `http://127.0.0.1:${bareServer.address().port}/`;

async function firstVisit(where) {
  const context = await signedIn();
  const page = await context.newPage();
  await page.addInitScript(watch);
  // A new window has pages of its own to start, which are no part of the visit.
  await page.waitForTimeout(settled);
  const seen = await visit(page, where);
  await context.close();
  return seen;
}

const seen = [];
const bare = [];
// One more than counts: the first starts the browser's own processes.
for (let count = 0; count <= visits; count += 1) {
  bare.push(await firstVisit(bareAddress));
  seen.push(await firstVisit(address));
}
await browser.close();
bareServer.close();

const median = (all, of) => all.slice(1).map(of).sort((a, b) => a - b)[Math.floor(visits / 2)];
console.log(
  JSON.stringify({
    rows: median(seen, (one) => one.rows),
    lcp: median(seen, (one) => one.lcp),
    bare: median(bare, (one) => one.rows),
    count: visits,
  }),
);
