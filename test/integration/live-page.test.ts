import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { launch } from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../support/find-browser.js';
import { root } from '../support/program.ts';
import { until } from '../support/until.ts';

const executablePath = findBrowser();
const run = promisify(execFile);

/** Starts the demo's page on a free port. */
async function startDemo(...args: string[]) {
  const command = ['--import', 'tsx', 'examples/demo/main.ts', '--web', '--port', '0', ...args];
  const demo = spawn(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(demo, 'exit') as Promise<[code: number | null]>;
  let printed = '';
  demo.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const url = await until('the demo serves its page', () =>
    Promise.resolve(/open (http:\S+)/.exec(printed)?.[1]),
  );
  return { demo, ended, url };
}

async function childrenOf(pid = 0): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-P', String(pid)]);
  return stdout.trim().split('\n').map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the page says so of the circuit. */
const circuitIs = (page: Page, state: string) =>
  page.waitForSelector(`#circuit.${state}`, { timeout: 10_000 });

describe.skipIf(!executablePath)('what the demo shows, in chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    // Without its sandbox, which a browser that root starts cannot have.
    browser = await launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });

  afterAll(() => browser.close());

  async function openPage(url: string) {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    await page.goto(url);
    return { page, complaints };
  }

  it('reads the picture that the README shows', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(join(root, 'examples/demo/picture.svg')).href);
    expect(await page.$$eval('parsererror', ({ length }) => length)).toBe(0);
    expect(await page.$$eval('text', (all) => all.map((one) => one.textContent))).toContain(
      'server killed',
    );
  });

  it(
    'the live page shows the circuit open under a fault and close when it is healed, and ends with Ctrl-C',
    { timeout: 60_000 },
    async ({ onTestFinished }) => {
      const { demo, ended, url } = await startDemo('--redis', '5');
      onTestFinished(() => void demo.kill('SIGKILL'));
      const { page, complaints } = await openPage(url);
      const cell = (client: string, column: number) =>
        page.$eval(`#${client} td:nth-child(${column})`, ({ textContent }) =>
          Number(textContent.replaceAll(',', '')),
        );
      await circuitIs(page, 'closed');

      const surfaces = () =>
        page.evaluate(`[
          getComputedStyle(document.body).backgroundColor,
          getComputedStyle(document.querySelector('#chart rect')).fill,
        ]`);
      expect(await surfaces()).toEqual(['rgb(255, 255, 255)', 'rgb(255, 255, 255)']);
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
      expect(await surfaces()).toEqual(['rgb(13, 17, 23)', 'rgb(13, 17, 23)']);

      await page.locator('button ::-p-text(server killed)').click();
      await circuitIs(page, 'open');
      expect(await page.$eval('button[aria-pressed="true"]', (button) => button.textContent)).toBe(
        'server killed',
      );
      // The circuit opens a turn before those who waited are told.
      await until('calls are told of it', async () => (await cell('wrapped', 4)) > 0);
      expect(
        await page.$$eval('#chart text', (all) => all.map((one) => one.textContent)),
      ).toContain('server killed');

      const answered = await cell('wrapped', 3);
      await page.locator('#heal').click();
      await circuitIs(page, 'closed');
      await until('calls are answered again', async () => (await cell('wrapped', 3)) > answered);
      expect(complaints).toEqual([]);

      const children = await childrenOf(demo.pid);
      expect(children.length).toBeGreaterThanOrEqual(4);
      demo.kill('SIGINT');
      expect((await ended)[0]).toBe(0);
      await until('no child of the demo is left', () =>
        Promise.resolve(!children.some((pid) => isAlive(pid))),
      );
      await page.waitForSelector('#lost:not([hidden])');
    },
  );
});
