// screenshots.mjs RUNS TO: pictures of the pages RUNS/conformant and RUNS/not-conformant as WebP files in TO.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const [runs, to] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });

async function shoot(run, name, selector) {
  const page = await browser.newPage();
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
  await page.setViewport({ width: 1240, height: 980, deviceScaleFactor: 1 });
  await page.goto(pathToFileURL(path.join(runs, run, 'report.html')).href);
  // It stays in sight, also in the middle of a picture that is higher than the window.
  if (selector) await page.$eval('.bar', (bar) => { bar.hidden = true; });
  const at = selector ? await page.$(selector) : page;
  await at.screenshot({ path: path.join(to, `${name}.webp`), type: 'webp', quality: 60 });
  await page.close();
}

await shoot('conformant', 'conformant');
await shoot('not-conformant', 'not-conformant');
await shoot('not-conformant', 'evidence', 'details.case[open]');
await browser.close();
