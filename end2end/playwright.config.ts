// The browser tests: one server with the demo organisation, Debian's Chromium, every test with and without JavaScript
// where it says so by its project.
import { execFileSync } from 'node:child_process';
import { defineConfig, devices } from '@playwright/test';

// Workers load this file too; they must see the port that the first load chose.
function freePort(): string {
  const script = 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})';
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
}

const running = process.env.FAIRWAY_URL;
process.env.FAIRWAY_TEST_PORT ??= running ? '' : freePort();
process.env.FAIRWAY_TEST_METRICS_PORT ??= running ? '' : freePort();
const url = running ?? `http://localhost:${process.env.FAIRWAY_TEST_PORT}`;

const chromium = execFileSync('sh', ['-c', 'command -v chromium || true'], { encoding: 'utf8' }).trim();
if (!chromium) throw new Error('chromium is not installed: make setup');

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // The outlines of pages: the same words on every system.
  snapshotPathTemplate: 'outlines/{arg}{ext}',
  fullyParallel: true,
  workers: 2,
  // A test that passes on the second try hides a fault.
  retries: 0,
  forbidOnly: true,
  // Generous against a slow machine; what is asserted is the outcome, not the time.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ?? 'test-results/report.json' }]],
  use: {
    ...devices['Desktop Chrome'],
    channel: undefined,
    baseURL: url,
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'js', testIgnore: '**/*.nojs.spec.ts' },
    // Pages work without JavaScript: whatever reads, filters or posts a form runs here too.
    { name: 'nojs', testIgnore: '**/*.js.spec.ts', use: { javaScriptEnabled: false } },
    // Looks for what the tests of both typed and were given.
    { name: 'canaries', testMatch: '**/canaries.last.ts', dependencies: ['js', 'nojs'] },
  ],
  webServer: running
    ? undefined
    : {
        command: './serve',
        url: `${url}/readyz`,
        // The demo is made before the server answers.
        timeout: 180_000,
        gracefulShutdown: { signal: 'SIGTERM', timeout: 30_000 },
        stdout: 'ignore',
        stderr: 'pipe',
      },
});
