// The machine formats as their consumers take them: golden files, of every verdict kind, and the reports of a real run when
// PSKGATE_RUN names its directory.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import { Parser } from 'tap-parser';

const top = process.env.PSKGATE_TOP ?? path.resolve(import.meta.dirname ?? '.', '../..');
const golden = (name) => path.join(top, 'reports/tests/golden', name);
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const run = process.env.PSKGATE_RUN;
const real = (name) => (run && existsSync(path.join(run, name)) ? [path.join(run, name)] : []);
const schema = (file) => new Ajv2020({ allErrors: true }).compile(json(path.join(top, 'reports', file)));
const kinds = ['pass', 'fail', 'warning', 'waived', 'not-applicable', 'not-judged'];

test('the sample has every verdict kind', () => {
  const verdicts = new Set(json(golden('server.json')).cases.map((c) => c.verdict));
  assert.deepEqual([...verdicts].sort(), [...kinds].sort());
});

test('report.json is as its schema says', () => {
  const validate = schema('schema/report.schema.json');
  for (const file of [golden('server.json'), golden('client.json'), ...real('report.json')]) {
    assert.ok(validate(json(file)), `${file}: ${JSON.stringify(validate.errors?.slice(0, 3))}`);
  }
});

for (const file of [golden('server.sarif'), golden('client.sarif'), golden('hostile.sarif'), ...real('report.sarif')]) {
  test(`${path.basename(file)}: SARIF, rules for all and results for findings alone`, () => {
    const log = json(file);
    const validate = schema('tests/sarif.schema.json');
    assert.ok(validate(log), JSON.stringify(validate.errors?.slice(0, 3)));
    const [{ tool: { driver: { rules } }, results }] = log.runs;
    for (const result of results) {
      assert.equal(rules[result.ruleIndex].id, result.ruleId);
      assert.ok(['fail', 'warning', 'waived'].includes(result.properties.verdict));
      assert.equal(result.suppressions.length, result.properties.verdict === 'waived' ? 1 : 0);
    }
    const with_state = results.filter((result) => result.baselineState).length;
    assert.ok(with_state === 0 || with_state === results.length);
  });
}

// The object model as published (@types/sarif, made from the schema of OASIS): the compiler refuses a member that it does not know,
// a word that is none of its enumeration, and what is missing. It is asked to refuse, too.
test('SARIF: every log is of the published object model', () => {
  const work = mkdtempSync(path.join(import.meta.dirname ?? process.cwd(), 'sarif-'));
  const written = (name, log) => {
    writeFileSync(path.join(work, `${name}.ts`), `import type { Log } from 'sarif';\nexport const log: Log = ${JSON.stringify(log)};\n`);
    return `${name}.ts`;
  };
  const compile = (names) => spawnSync(process.execPath, [createRequire(import.meta.url).resolve('typescript/lib/tsc.js'), '--noEmit', '--strict',
    '--exactOptionalPropertyTypes', '--target', 'es2020', '--module', 'esnext', '--moduleResolution', 'bundler', '--types', 'sarif', ...names], { cwd: work, encoding: 'utf8' });
  try {
    const files = [golden('server.sarif'), golden('client.sarif'), golden('hostile.sarif'), ...real('report.sarif')];
    const good = compile(files.map((file, i) => written(`log${i}`, json(file))));
    assert.equal(good.status, 0, good.stdout);
    const log = json(golden('server.sarif'));
    log.runs[0].results[0].level = 'grave';
    log.runs[0].results[1].baselinestate = 'new';
    delete log.runs[0].results[2].message;
    const bad = compile([written('bad', log)]);
    for (const word of ['grave', 'baselinestate', 'message']) assert.ok(bad.stdout.includes(word), `${word}: ${bad.stdout}`);
  } finally {
    rmSync(work, { recursive: true });
  }
});

test('SARIF: level, baseline and suppression of a finding', () => {
  const [{ tool, results }] = json(golden('server.sarif')).runs;
  const of = (id) => results.find((result) => result.partialFingerprints['case/v1'] === id);
  assert.equal(tool.driver.rules.length, json(golden('server.json')).requirements.length);
  assert.deepEqual(results.map((result) => result.level), ['warning', 'error', 'error', 'warning']);
  assert.equal(of('etm/not-echoed-for-aead').baselineState, 'new');
  assert.equal(of('hashes/aes-128-cbc-sha-refused').baselineState, 'unchanged');
  assert.equal(of('etm/not-echoed-for-aead').locations[0].physicalLocation.artifactLocation.uri, 'acme-gw.ini');
  assert.match(of('negotiation/no-common-suite-alert').suppressions[0].justification, /GW-812/);
});

const tap = (file) => Parser.parse(readFileSync(file, 'utf8'), { strict: true });

const end_of = (events) => events.find(([kind]) => kind === 'complete')[1];

test('TAP 14: a consumer counts what the record counts', () => {
  const events = tap(golden('server.tap'));
  const end = end_of(events);
  assert.equal(events[0][0], 'version');
  assert.deepEqual([end.count, end.pass, end.fail, end.todo, end.skip, end.bailout], [14, 10, 4, 1, 1, false]);
  assert.ok(end.failures.every((failure) => failure.diag?.severity), JSON.stringify(end.failures[0]));
  const [, aead] = events.find(([kind, point]) => kind === 'assert' && point.name === 'etm/not-echoed-for-aead');
  assert.equal(aead.diag.level, 'MUST NOT');
  assert.deepEqual(aead.diag.clauses, ['RFC 7366 3']);
});

test('TAP 14: a device that is gone bails out', () => {
  const end = end_of(tap(golden('unreachable.tap')));
  assert.match(end.bailout, /^unreachable: /);
  assert.equal(end.ok, false);
});

test('TAP 14: hostile text is no line of TAP', () => {
  const events = tap(golden('hostile.tap'));
  assert.equal(events.filter(([kind]) => kind === 'assert').length, 1);
  assert.equal(events.filter(([kind]) => kind === 'extra').length, 0);
});

for (const file of real('report.tap')) {
  test('TAP 14 of a real run', () => {
    const end = end_of(tap(file));
    const { cases } = json(path.join(run, 'report.json'));
    assert.equal(end.count, cases.length);
    assert.equal(end.fail - end.todo, cases.filter((c) => ['fail', 'not-judged'].includes(c.verdict)).length);
  });
}

for (const file of [...['server', 'unreachable', 'hostile'].map((name) => golden(`${name}.junit.xml`)), ...real('junit.xml')]) {
  test(`${path.basename(file)}: JUnit as Jenkins takes it`, () => {
    execFileSync('xmllint', ['--noout', '--nonet', '--schema', path.join(top, 'reports/tests/junit.xsd'), file], { stdio: 'pipe' });
    const text = readFileSync(file, 'utf8');
    const sum = (name) => [...text.matchAll(new RegExp(`<testsuite [^>]*${name}="(\\d+)"`, 'g'))].reduce((n, found) => n + Number(found[1]), 0);
    for (const name of ['tests', 'failures', 'errors']) {
      assert.equal(Number(text.match(new RegExp(`<testsuites [^>]*${name}="(\\d+)"`))[1]), sum(name));
    }
    assert.equal(sum('failures'), (text.match(/<failure /g) ?? []).length);
    assert.equal(sum('errors'), (text.match(/<error /g) ?? []).length);
    assert.equal(sum('skipped'), (text.match(/<skipped /g) ?? []).length);
  });
}

// What the runner of GitHub Actions takes for a command: a line that begins "::", or "##[" anywhere.
const commands = (text) => text.split(/\r\n|[\n\r]/).filter((line) => /^\s*::/.test(line) || line.includes('##['));

test('GitHub: annotations are commands of ours alone, worst first', () => {
  const lines = readFileSync(golden('server.github.txt'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(lines.map((line) => line.match(/^::(error|warning) title=([^:,]*)::/)?.[1]), ['error', 'error', 'error', 'warning', 'warning']);
  for (const line of commands(readFileSync(golden('hostile.github.txt'), 'utf8'))) assert.match(line, /^::(error|warning) title=[^:,]*::/);
  for (const name of ['console.txt', 'tap', 'md', 'verdicts.txt', 'junit.xml', 'sarif', 'json', 'html']) {
    assert.deepEqual(commands(readFileSync(golden(`hostile.${name}`), 'utf8')), [], name);
  }
});

test('GitHub: the summary holds no markup of the device', () => {
  const text = readFileSync(golden('hostile.md'), 'utf8');
  assert.doesNotMatch(text, /(^|[^\\])[<\[`]/m);
  assert.equal(text.split('\n').filter((line) => /^\s*[#>*]/.test(line)).length, 1);
});

test('no format passes on what could change a terminal or the order of text', () => {
  for (const name of ['console.txt', 'tap', 'md', 'github.txt', 'verdicts.txt', 'junit.xml', 'sarif', 'html']) {
    const octets = readFileSync(golden(`hostile.${name}`));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/, name);
  }
});
