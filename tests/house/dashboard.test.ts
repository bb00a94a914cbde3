import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { scriptTurns } from "@codex-app-server/sdk/testing";
import * as conventions from "../../src/otel/conventions.ts";
import { watched } from "../otel/watched.ts";

const { OPERATION_DURATION, TIME_TO_FIRST_TEXT, TOKEN_USAGE, TOOL_DURATION, ...names } = conventions;
const METRICS = [OPERATION_DURATION, TIME_TO_FIRST_TEXT, TOKEN_USAGE, TOOL_DURATION];

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

/** What Prometheus makes of a name: the unit is a part of it. */
function prometheus({ name, unit }: { readonly name: string; readonly unit: string | undefined }): string {
  return `${name.replaceAll(".", "_")}${unit === "s" ? "_seconds" : ""}`;
}

function dashboard(): Dashboard {
  return JSON.parse(readFileSync(new URL("../../docs/grafana-dashboard.json", import.meta.url), "utf8"));
}

describe("the dashboard", () => {
  test("[O2] asks for the metrics that are made, for all of them and for no other", async () => {
    await using peer = watched();
    scriptTurns(peer.server, (playing) => {
      const last = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
      playing.usage({ last, total: last });
      playing.item("commandExecution", { status: "completed" });
      playing.message("done");
    });
    await (await peer.codex.threadStart()).run("go");
    const made = new Set(peer.recorder.points.map(prometheus));
    assertEquals([...made].sort(), METRICS.map(prometheus).sort());
    const { panels, templating } = dashboard();
    const asked = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...templating.list.map((each) => each.query),
    ];
    const found = asked.flatMap((expr) => expr.match(/\bgen_ai_\w+(?=_(?:bucket|sum|count)\b)/g) ?? []);
    assert(found.length >= panels.length);
    assertEquals([...new Set(found)].sort(), [...made].sort());
  });

  test("[O2] knows no label that nothing is given", () => {
    const { panels } = dashboard();
    const known = new Set(
      Object.values(names).filter((name) => typeof name === "string").map((name) => name.replaceAll(".", "_")),
    );
    const labels = panels.flatMap(({ targets }) => targets).flatMap(({ expr, legendFormat }) => [
      ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(", ")),
      ...[...expr.matchAll(/[{,](\w+)(?:=|!=|=~)"/g)].map(([, label = ""]) => label),
      ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label),
    ]);
    assert(labels.length > 20, `${labels.length}`);
    assertEquals([...new Set(labels)].filter((label) => label !== "le" && !known.has(label)), []);
  });
});
