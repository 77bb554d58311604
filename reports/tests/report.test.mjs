// The pages of the golden files in a real browser, offline: what a reader sees, with and without script, small and large,
// light and dark, on paper; and what text of a hostile device does there (nothing).
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';
import Ajv2020 from 'ajv/dist/2020.js';

const top = process.env.PSKGATE_TOP ?? path.resolve(import.meta.dirname ?? '.', '../..');
const golden = path.join(top, 'reports/tests/golden');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pages = readdirSync(golden).filter((name) => name.endsWith('.html'));
const whole = path.resolve('pages'); // with the style and script that a golden page only names
mkdirSync(whole, { recursive: true });
for (const name of pages) {
  const page = readFileSync(path.join(golden, name), 'utf8');
  writeFileSync(path.join(whole, name), page.replace(/^\{(reports\/assets\/report\.\w+)\}\n/gm, (_, asset) => readFileSync(path.join(top, asset), 'utf8')));
}
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((at) => existsSync(at));

let browser;
before(async () => {
  browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
});
after(() => browser?.close());

const url = (name, fragment = '') => pathToFileURL(path.join(whole, name)).href + fragment;

// A page with what it complained about and what it asked the network for.
async function open(name, { width = 1280, scheme = 'light', fragment = '', script = true } = {}) {
  const page = await browser.newPage();
  page.complaints = [];
  page.requests = [];
  page.on('console', (message) => page.complaints.push(message.text()));
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('dialog', (dialog) => { page.complaints.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => page.requests.push(request.url()));
  await page.setJavaScriptEnabled(script);
  await page.setOfflineMode(true);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setViewport({ width, height: 900 });
  await page.goto(url(name, fragment));
  return page;
}

const shown = (page, selector) => page.$$eval(selector, (all) => all.filter((at) => at.checkVisibility()).length);
const count = (page) => page.$eval('.count', (at) => at.textContent);

for (const name of pages) {
  test(`${name}: one file, no message, no request`, async () => {
    const page = await open(name);
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(page.requests, [url(name)]);
    assert.equal(await page.$$eval('h1', (all) => all.length), 1);
    assert.equal(await page.$$eval('[src], link, img, iframe, object, embed, base', (all) => all.length), 0);
    await page.close();
  });

  for (const [width, scheme] of [[1280, 'light'], [390, 'dark']]) {
    test(`${name}: accessible at ${width}, ${scheme}`, async () => {
      const page = await open(name, { width, scheme });
      await page.$$eval('details', (all) => all.forEach((at) => { at.open = true; }));
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.length} x ${v.nodes[0].html.slice(0, 160)}`), []);
      await page.close();
    });
  }

  // Text of unlimited length without a blank, as in hostile.html, may make a table wider; nothing else may.
  if (!name.startsWith('hostile')) {
    test(`${name}: no sideways scroll at 390 and at 320 px`, async () => {
      for (const width of [390, 320]) {
        const page = await open(name, { width });
        await page.$$eval('details', (all) => all.forEach((at) => { at.open = true; }));
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        await page.close();
      }
    });
  }
}

test('contrast of every text is 5.9:1 or better', async () => {
  for (const scheme of ['light', 'dark']) {
    for (const name of ['server.html', 'client.html', 'unreachable.html', 'matrix.html']) {
      const page = await open(name, { scheme });
      await page.$$eval('details', (all) => all.forEach((at) => { at.open = true; }));
      const poor = await page.evaluate(() => {
        const parse = (css) => css.match(/[\d.]+/g).map(Number);
        const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const ground = (at) => {
          for (let e = at; e; e = e.parentElement) {
            const c = parse(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] === 1) return c;
          }
          return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
        };
        const found = new Set();
        for (const at of document.querySelectorAll('body *')) {
          const own = [...at.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
          if (!own || !at.checkVisibility() || ['STYLE', 'SCRIPT', 'OPTION'].includes(at.tagName)) continue;
          const [a, b] = [light(parse(getComputedStyle(at).color)), light(ground(at))].sort((x, y) => y - x);
          const ratio = (a + 0.05) / (b + 0.05);
          if (ratio < 5.9) found.add(`${at.tagName}.${at.className} ${ratio.toFixed(2)}`);
        }
        return [...found];
      });
      assert.deepEqual(poor, [], `${name}, ${scheme}`);
      await page.close();
    }
  }
});

test('the verdict is the title, and a sentence', async () => {
  const page = await open('server.html');
  const title = await page.title();
  assert.match(title, /^Not conformant\. acme-gw 2\.4\.1 does not meet 2 of the 8 mandatory requirements/);
  const heading = await page.$eval('h1', (at) => at.innerText.replace(/\s+/g, ' '));
  assert.ok(heading.includes(title), heading);
  assert.deepEqual(await page.$$eval('.tally b', (all) => all.map((at) => at.textContent)), ['2', '6', '1', '1', '2', '1', '93 %']);
  await page.close();
});

test('without script everything is there, and no control', async () => {
  const page = await open('server.html', { script: false });
  const rows = await page.$$('[data-v]');
  assert.equal(rows.length, 72);
  assert.equal(await shown(page, 'form.filter'), 0);
  assert.equal(await shown(page, 'table.reqs tbody tr'), 14);
  await page.close();
});

test('search and boxes filter, count, and are remembered in the fragment', async () => {
  const page = await open('server.html');
  assert.equal(await count(page), '72 rows');
  await page.type('input[type=search]', 'aead');
  assert.match(await count(page), /^\d+ of 72 rows$/);
  assert.equal(await shown(page, 'table.reqs tbody tr'), 1);
  await page.click('input[value=pass]');
  const hash = await page.evaluate(() => location.hash);
  assert.equal(hash, '#q=aead&hide=pass');
  const before = await count(page);
  await page.close();
  const again = await open('server.html', { fragment: hash });
  assert.equal(await again.$eval('input[type=search]', (at) => at.value), 'aead');
  assert.equal(await again.$eval('input[value=pass]', (at) => at.checked), false);
  assert.equal(await count(again), before);
  assert.equal(await shown(again, '[data-v=pass]'), 0);
  await again.close();
});

test('nothing found is said, and empty groups go', async () => {
  const page = await open('server.html', { fragment: '#q=no-such-thing-anywhere' });
  assert.equal(await count(page), '0 of 72 rows');
  assert.equal(await shown(page, '.chapter'), 0);
  await page.close();
});

test('failed cases are open; a fragment opens a passed one, also when the filter hides it', async () => {
  const page = await open('server.html');
  assert.deepEqual(await page.$$eval('details.case[open]', (all) => all.map((at) => at.dataset.v)), ['fail', 'fail']);
  await page.click('input[value=pass]');
  await page.evaluate(() => { location.hash = '#etm/bad-mac-not-processed'; });
  await page.waitForFunction(() => document.getElementById('etm/bad-mac-not-processed').checkVisibility(), { timeout: 20000 });
  await page.close();
  const direct = await open('server.html', { fragment: '#etm/echoed-for-cbc' });
  assert.equal(await direct.$eval('[id="etm/echoed-for-cbc"]', (at) => at.closest('details').open), true);
  await direct.close();
});

test('evidence: ladder, marked octets, decrypted payload, how to run it again, capture', async () => {
  const page = await open('server.html');
  const evidence = (id, selector) => page.$$eval(`[id="${id}"] ${selector}`, (all) => all.map((at) => at.textContent.trim()));
  const id = 'etm/not-echoed-for-aead';
  assert.equal((await evidence(id, '.ladder li')).length, 7);
  assert.equal((await evidence(id, '.ladder li.decisive')).length, 1);
  assert.deepEqual(await evidence(id, 'pre.hex mark'), ['c0 a4', '00 16 00 00']);
  assert.match((await evidence(id, 'pre.again'))[0], /^pskgate server .* --only etm\/not-echoed-for-aead --seed /);
  assert.deepEqual(await evidence(id, '.record a'), ['captures/etm/not-echoed-for-aead.pcapng']);
  assert.equal((await evidence('negotiation/ccm8-completes', 'figure')).length, 2);
  assert.equal((await evidence('etm/bad-mac-in-silence', '.ladder .deviation')).length, 1);
  await page.close();
});

test('evidence: the deciding message field by field, with the octets of each', async () => {
  const page = await open('server.html');
  const rows = await page.$$eval('[id="hashes/aes-128-cbc-sha-refused"] table.decode tbody tr', (all) => all.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));
  assert.deepEqual(rows, [['0x3c', '00 8c', 'cipher_suite', 'TLS_PSK_WITH_AES_128_CBC_SHA']]);
  assert.equal(await page.$$eval('[id="hashes/aes-128-cbc-sha-refused"] tr.marked', (all) => all.length), 1);
  await page.close();
});

test('changes since the baseline: worse first, counted; a finding says whether it is new', async () => {
  const page = await open('server.html');
  const rows = await page.$$eval('[aria-labelledby=changes] tbody tr', (all) => all.map((row) => row.innerText.replace(/\s+/g, ' ').trim()));
  assert.equal(rows.length, 3);
  assert.match(rows[0], /^etm\/not-echoed-for-aead .*Pass .*Fail$/);
  assert.match(rows[2], /new in the catalogue/);
  const said = await page.$eval('[aria-labelledby=changes] .lead', (at) => at.innerText.replace(/\s+/g, ' ').trim());
  assert.equal(said, '1 worse 1 better 1 new in the catalogue');
  assert.deepEqual(await page.$$eval('ol.fix > li.fail .new', (all) => all.map((at) => at.textContent)), ['as in the baseline', 'new since the baseline']);
  await page.close();
});

test('waivers: state, place, reason, owner, days left, what it must match', async () => {
  const page = await open('server.html');
  const rows = await page.$$eval('[aria-labelledby=waivers] tbody tr', (all) => all.map((row) => row.innerText));
  assert.equal(rows.length, 2);
  for (const part of ['applied', 'waivers.ini:2', 'GW-812', 'device-security team', '127 days left', 'alert 0 (close_notify)*']) assert.ok(rows[0].includes(part), `${part} in ${rows[0]}`);
  assert.match(rows[1], /expired[\s\S]*84 days ago/);
  await page.close();
});

test('conformance and security guidance are two columns', async () => {
  const page = await open('server.html');
  const heads = await page.$$eval('table.ciphers:first-of-type thead th', (all) => all.map((at) => at.textContent));
  assert.deepEqual(heads.slice(-2), ['Verdict', 'Security guidance']);
  await page.close();
});

test('the keyboard reaches the filter, a closed case and its dump, and the focus is seen', async () => {
  const page = await open('server.html');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.focus('input[type=search]');
  await page.keyboard.type('replay');
  assert.match(await count(page), /^\d+ of 72 rows$/);
  await page.focus('[data-v=pass].case:not([hidden]) > summary');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.closest('details').open), true);
  await page.close();
});

test('at 400 % zoom of 1280 px nothing scrolls sideways', async () => {
  for (const name of ['server.html', 'matrix.html']) {
    const page = await open(name, { width: 320 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, name);
    await page.close();
  }
});

test('10,000 messages and 10 MB of evidence: the page opens at once, and says what it left to the capture', async (t) => {
  const file = path.join(process.env.PSKGATE_BUILD ?? path.join(top, 'build'), 'check/much-evidence.html');
  if (!existsSync(file)) return t.skip('the unit tests did not leave the page');
  const page = await browser.newPage();
  const began = Date.now();
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction(() => document.querySelector('.count').textContent !== '');
  assert.ok(Date.now() - began < 3000, `${Date.now() - began} ms`);
  assert.ok(await page.$$eval('.ladder li', (all) => all.length) < 250);
  assert.match(await page.$eval('[id="etm/not-echoed-for-aead"] .ladder', (at) => at.innerText), /\d{4} messages, all in the capture/);
  await page.close();
});

// The CPU time of the page's thread, whatever else the machine does.
for (const [name, what] of [['many-cases.html', '1,400 cases'], ['many-devices.html', '22 devices']]) {
  test(`${what}: the page opens at once, and a letter typed filters at once`, async (t) => {
    const file = path.join(process.env.PSKGATE_BUILD ?? path.join(top, 'build'), 'check', name);
    if (!existsSync(file)) return t.skip('the unit tests did not leave the page');
    const page = await browser.newPage();
    const session = await page.createCDPSession();
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction(() => document.querySelector('.count').textContent !== '');
    const { metrics } = await session.send('Performance.getMetrics');
    const spent = metrics.find((metric) => metric.name === 'TaskDuration').value;
    assert.ok(spent > 0 && spent < 4, `${spent} s of CPU time`);
    const typed = await page.evaluate(() => {
      const search = document.querySelector('input[type=search]');
      const at = performance.now();
      search.value = 'rfc';
      search.dispatchEvent(new Event('input'));
      document.body.getBoundingClientRect();
      return performance.now() - at;
    });
    assert.ok(typed < 5000, `${typed} ms`);
    t.diagnostic(`${spent.toFixed(2)} s of CPU time to open, ${Math.round(typed)} ms to filter`);
    for (const width of [1280, 390, 320]) {
      await page.setViewport({ width, height: 900 });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    }
    await page.close();
  });
}

test('what to fix: the finding in words, then expected and got', async () => {
  const page = await open('server.html');
  const said = await page.$$eval('ol.fix > li.fail', (all) => all.map((at) => at.innerText));
  assert.equal(said.length, 2);
  for (const text of said) assert.match(text, /\n+Expected: .+\n+Got: .+\n+Required: .+\n+MUST/);
  await page.close();
});

test('a passed case is told in short, and leads to its requirement', async () => {
  const page = await open('server.html', { fragment: '#negotiation/ccm8-completes' });
  const lines = await page.$eval('[id="negotiation/ccm8-completes"] pre.brief', (at) => at.textContent.trim().split('\n'));
  assert.ok(lines.length > 1 && lines.every((line) => /^ *\d+\.\d\d /.test(line)), lines.join('\n'));
  const to = await page.$eval('[id="negotiation/ccm8-completes"] .meta a', (at) => at.getAttribute('href').slice(1));
  await page.type('input[type=search]', 'no-such-thing');
  await page.evaluate((id) => { location.hash = `#${id}`; }, to);
  await page.waitForFunction((id) => document.getElementById(id).checkVisibility(), { timeout: 20000 }, to);
  await page.close();
});

test('every link within the page leads somewhere', async () => {
  for (const name of pages.filter((page) => !page.startsWith('hostile'))) {
    const page = await open(name);
    const lost = await page.$$eval('a[href^="#"]', (all) => all.map((at) => decodeURIComponent(at.getAttribute('href').slice(1)))
      .filter((id) => !document.getElementById(id)));
    assert.deepEqual(lost, [], name);
    await page.close();
  }
});

test('a matrix cell leads to that device\'s evidence', async () => {
  const page = await open('matrix.html');
  const links = await page.$$eval('.matrix td a', (all) => all.map((at) => at.getAttribute('href')));
  assert.ok(links.includes('acme-gw-server/report.html#etm/not-echoed-for-aead'));
  assert.ok(links.every((link) => /^[a-z0-9-]+\/report\.html#[a-z0-9/.-]+$/.test(link)));
  await page.select('select[name=verdict]', 'fail');
  assert.equal(await count(page), '2 of 14 rows');
  await page.select('select[name=verdict]', '');
  await page.select('select[name=chapter]', 'etm');
  await page.select('select[name=level]', 'SHOULD');
  assert.equal(await count(page), '2 of 14 rows');
  assert.equal(await page.evaluate(() => location.hash), '#chapter=etm&level=SHOULD');
  await page.close();
});

test('the matrix shows the columns of one role, and rows by how many devices share a finding', async () => {
  const page = await open('matrix.html', { fragment: '#role=client' });
  const heads = () => page.$$eval('[aria-labelledby=requirements] thead th', (all) => all.filter((at) => at.checkVisibility()).map((at) => at.innerText.split('\n')[0].trim()));
  assert.equal((await heads()).length, 2);
  assert.match((await heads())[1], /lwm2m-client/);
  assert.match(await count(page), /^2 of 14 rows$/);
  await page.select('select[name=role]', '');
  assert.equal((await heads()).length, 4);
  await page.select('select[name=shared]', 'any');
  const any = parseInt(await count(page), 10);
  await page.select('select[name=shared]', 'one');
  const one = parseInt(await count(page), 10);
  await page.select('select[name=shared]', 'several');
  assert.equal(parseInt(await count(page), 10), any - one);
  assert.ok(one > 0);
  assert.equal(await page.evaluate(() => location.hash), '#shared=several');
  await page.close();
});

test('the matrix by keyboard: skip link, filter, a cell', async () => {
  const page = await open('matrix.html');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.focus('select[name=verdict]');
  await page.keyboard.type('Fail');
  assert.equal(await count(page), '2 of 14 rows');
  await page.focus('[aria-labelledby=requirements] .scroll');
  for (let i = 0; i < 12 && !(await page.evaluate(() => document.activeElement.closest('td.fail'))); i += 1) await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('href')), /report\.html#/);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
  await page.close();
});

test('the matrix says which findings are shared, and each leads to its evidence', async () => {
  const page = await open('matrix.html');
  const links = await page.$$eval('ol.shared a', (all) => all.map((at) => at.getAttribute('href')));
  assert.ok(links.includes('acme-gw-server/report.html#hashes/aes-128-cbc-sha-refused'), links.join(' '));
  assert.ok(links.every((link) => /^[a-z0-9-]+\/report\.html#[a-z0-9/.-]+$/.test(link)));
  await page.close();
});

test('hostile text stays text', async () => {
  const page = await open('hostile.html');
  const script = await page.$$eval('script', (all) => all.length);
  assert.equal(script, 1);
  assert.equal(await page.$$eval('[onload], [onclick], [onerror]', (all) => all.length), 0);
  const links = await page.$$eval('a', (all) => all.map((at) => at.protocol));
  assert.deepEqual([...new Set(links)], ['file:']);
  assert.doesNotMatch(await page.evaluate(() => document.body.textContent), /[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u001b]/);
  for (const box of await page.$$('input[type=checkbox]')) await box.click();
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test('a fragment that is no state of ours does no harm', async () => {
  for (const fragment of ['#q=%', '#hide=%3Cscript%3E', '#"><img src=x onerror=alert(1)>', '#chapter=nowhere&q=%E0']) {
    for (const name of ['server.html', 'matrix.html']) {
      const page = await open(name, { fragment });
      assert.deepEqual(page.complaints, [], fragment);
      await page.close();
    }
  }
});

test('on paper: light, everything open, no controls', async () => {
  const page = await open('server.html', { scheme: 'dark' });
  await page.emulateMediaType('print');
  assert.equal(await shown(page, '.bar'), 0);
  assert.equal(await page.$eval('body', (at) => getComputedStyle(at).backgroundColor), 'rgb(255, 255, 255)');
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.$$eval('details:not([open])', (all) => all.length), 0);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  assert.equal(await page.$$eval('details.case[open]', (all) => all.length), 2);
  assert.ok((await page.pdf({ format: 'A4' })).length > 10000);
  await page.close();
});

test('report.json is as its schema says, in the order of its schema', () => {
  const schema = JSON.parse(readFileSync(path.join(top, 'reports/schema/report.schema.json'), 'utf8'));
  const validate = new Ajv2020({ allErrors: true }).compile(schema);
  for (const name of ['server.json', 'client.json']) {
    const report = JSON.parse(readFileSync(path.join(golden, name), 'utf8'));
    assert.ok(validate(report), JSON.stringify(validate.errors, null, 1));
    assert.deepEqual(Object.keys(report), schema.required);
    assert.deepEqual(Object.keys(report.cases[0]), schema.$defs.case.required);
    assert.deepEqual(Object.keys(report.summary), schema.properties.summary.required);
    report.cases[0].verdict = 'perfect';
    assert.ok(!validate(report));
  }
});
