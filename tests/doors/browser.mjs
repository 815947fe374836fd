// Answers a request in a browser: `node browser.mjs REQUEST ANSWERS`, both files of JSON.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";

import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const [requestAt, answersAt] = process.argv.slice(2);
const { server, address } = await serve({ "/request.json": resolve(requestAt) });
try {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${address}/tests/doors/page.html`);
    const answered = await page.evaluate(async () => {
      const portcullis = await import("/npm/src/browser.mjs");
      const { answers, recover } = await import("/tests/doors/answers.mjs");
      const request = await (await fetch("/request.json")).json();
      return {
        answers: await answers(portcullis, request),
        stopped: await recover(portcullis),
      };
    });
    writeFileSync(answersAt, JSON.stringify(answered));
  } finally {
    await browser.close();
  }
} finally {
  server.close();
}
