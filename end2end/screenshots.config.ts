// The pictures of the README are taken as the browser tests run: the same server, demo and browser. Nothing is asserted.
import base from './playwright.config.js';

export default { ...base, testDir: '.', testMatch: 'screenshots.ts', workers: 1, reporter: 'list' as const, projects: [{ name: 'pictures' }] };
