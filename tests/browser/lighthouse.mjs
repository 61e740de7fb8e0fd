// Runs Lighthouse on some addresses and prints what counts, as JSON: one list of runs per address.
// Arguments: the path of Chromium, how often, the categories with commas between them, the addresses.
//
// Lighthouse means a middling phone: it slows the processor down by 4, which is right for a desktop. Below an index of
// 1000 in its own benchmark it calls a machine slow and asks for a smaller factor; else the phone would be one that
// nobody has. (`SLOW_CPU_BENCHMARK_INDEX_THRESHOLD` in its core/gather/driver/environment.js; its docs/throttling.md
// gives 2 for a machine of 800 to 1200, and 1 below: we ask more, 4 at 1000 and in proportion below.) Any other machine
// is measured with the mobile preset as it is, and so is the first run, before there is a benchmark.
import lighthouse from "lighthouse";
import { throttling } from "lighthouse/core/config/constants.js";
import { launch } from "chrome-launcher";

const [chromePath, times, categories, ...addresses] = process.argv.slice(2);
const SLOW_BELOW = 1000;
const TRIES = 3;
const PHONE = throttling.mobileSlow4G;
const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"] });

// What fits a machine with this index.
function slowdown(index) {
  return Math.max(1, PHONE.cpuSlowdownMultiplier * Math.min(1, index / SLOW_BELOW));
}

async function measure(address, index) {
  const fitting = { ...PHONE, cpuSlowdownMultiplier: slowdown(index) };
  const quiet = { port: chrome.port, logLevel: "error", disableFullPageScreenshot: true };
  return (await lighthouse(address, { ...quiet, throttling: fitting, onlyCategories: categories.split(",") })).lhr;
}

// What could not be measured at all, as happens on a busy machine: then the category has no score.
function unmeasured(lhr) {
  if (lhr.runtimeError) return [lhr.runtimeError.message];
  return Object.values(lhr.audits).filter((audit) => audit.scoreDisplayMode === "error").map((audit) => `${audit.id}: ${audit.errorMessage}`);
}

async function measured(address, index) {
  let lhr;
  for (let n = 0; n < TRIES; n++) {
    lhr = await measure(address, index);
    if (!unmeasured(lhr).length) break;
    console.error(`${address} once more: ${unmeasured(lhr).join("; ")}`);
  }
  return lhr;
}

function summary(lhr) {
  const failed = [];
  for (const [name, category] of Object.entries(lhr.categories))
    for (const { id, weight } of category.auditRefs)
      if (name !== "performance" && weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 1) failed.push(id);
  const scores = Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, score === null ? null : Math.round(score * 100)]));
  return {
    scores, failed,
    shift: lhr.audits["cumulative-layout-shift"]?.numericValue ?? 0,
    index: lhr.environment.benchmarkIndex,
    slowdown: lhr.configSettings.throttling.cpuSlowdownMultiplier,
    error: unmeasured(lhr).join("; "),
  };
}

try {
  const found = {};
  let index = SLOW_BELOW;
  for (const address of addresses) {
    found[address] = [];
    for (let n = 0; n < Number(times); n++) {
      const lhr = await measured(address, index);
      index = lhr.environment.benchmarkIndex;
      found[address].push(summary(lhr));
    }
  }
  console.log(JSON.stringify(found));
} finally {
  await chrome.kill();
}
