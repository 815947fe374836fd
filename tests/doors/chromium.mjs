// Chromium without a window, for tests: no network of its own, no profile that stays.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../npm/package.json", import.meta.url))("playwright-core");

/** A running browser. */
export async function launch() {
  const executablePath = process.env.PORTCULLIS_CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(
      `${executablePath} is missing: \`apt-get install chromium\`, or name a Chromium in PORTCULLIS_CHROMIUM`,
    );
  }
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
