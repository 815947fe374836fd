// A word for people who wait. The engine keeps this thread busy, so another one counts the seconds.

import { isMainThread, Worker, workerData } from "node:worker_threads";
import { writeSync } from "node:fs";

/**
 * Says on standard error what is going on when it takes more than a second and somebody is looking. Gives
 * a function that ends it and wipes it away.
 */
export function afterASecond(doing, files) {
  if (!process.stderr.isTTY) return async () => {};
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { doing, files, done } });
  const ended = new Promise((resolve) => {
    worker.once("exit", resolve);
    worker.once("error", resolve);
  });
  return () => {
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
    return ended;
  };
}

if (!isMainThread && workerData?.done instanceof Int32Array) {
  const { doing, files, done } = workerData;
  let seconds = 0;
  while (Atomics.wait(done, 0, 0, 1000) === "timed-out") {
    seconds += 1;
    say(`\r${doing} ${files} file${files === 1 ? "" : "s"} … ${seconds} s`);
  }
  if (seconds > 0) say("\r\x1b[2K");
}

function say(text) {
  try {
    // The streams of a worker pass through the main thread, which is busy.
    writeSync(2, text);
  } catch {
    // Nobody is looking any more.
  }
}
