// The page of examples/web in a browser: what it finds follows what is typed.

import assert from "node:assert/strict";

import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";

const { server, address } = await serve();
try {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    await page.goto(`${address}/examples/web/index.html`);
    const misspelt = page.locator("li", { hasText: 'Action::"viwe"' });
    await misspelt.first().waitFor();
    const policies = page.locator("#policies");
    await policies.fill((await policies.inputValue()).replace("viwe", "view"));
    await misspelt.first().waitFor({ state: "detached" });
    await page.locator("li button", { hasText: "suspendd" }).click();
    const selected = await policies.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
    assert.match(selected, /suspendd/);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
} finally {
  server.close();
}
