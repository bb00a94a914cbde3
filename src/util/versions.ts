/** Orders `1.2.10` after `1.2.9`, and a pre-release before its release. */
export function compareVersions(a: string, b: string): number {
  const [coreA = "", preA] = splitOnce(a);
  const [coreB = "", preB] = splitOnce(b);
  const core = compareParts(coreA, coreB);
  if (core !== 0) return core;
  if (preA === undefined || preB === undefined) return Number(preA === undefined) - Number(preB === undefined);
  return compareParts(preA, preB);
}

function splitOnce(version: string): [string, string | undefined] {
  const dash = version.indexOf("-");
  return dash < 0 ? [version, undefined] : [version.slice(0, dash), version.slice(dash + 1)];
}

function compareParts(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const l = left[index] ?? "";
    const r = right[index] ?? "";
    const numeric = /^\d+$/.test(l) && /^\d+$/.test(r);
    const order = numeric ? Number(l) - Number(r) : l < r ? -1 : l > r ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}
