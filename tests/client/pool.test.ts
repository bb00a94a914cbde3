import { type Codex, CodexPool, type CodexPoolOptions, TransportClosedError } from "@codex-app-server/sdk";
import { ScriptedAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { folderName } from "../../src/client/pool/home.ts";
import { type Deferred, deferred } from "../../src/util/deferred.ts";

/** Scripted servers by tenant, with what became of them. */
class Fleet {
  readonly started: string[] = [];
  readonly running = new Set<string>();
  most = 0;
  /** What a start waits for. */
  gate: Promise<unknown> = Promise.resolve();
  fail: Error | undefined;
  readonly servers = new Map<string, ScriptedAppServer>();

  pool(options: CodexPoolOptions = {}): CodexPool {
    return new CodexPool({
      codex: (tenant) => ({
        transport: async ({ signal }) => {
          this.started.push(tenant);
          await Promise.race([
            this.gate,
            new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
          ]);
          if (this.fail !== undefined) throw this.fail;
          const server = new ScriptedAppServer();
          server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
          this.servers.set(tenant, server);
          const transport = server.connect();
          assert(!this.running.has(tenant), `two servers of ${tenant} at once`);
          this.running.add(tenant);
          this.most = Math.max(this.most, this.running.size);
          void transport.closed.then(() => this.running.delete(tenant));
          return transport;
        },
      }),
      ...options,
    });
  }
}

/** A use that lasts until it is let go. */
function hold(
  pool: CodexPool,
  tenant: string,
): { readonly began: Promise<Codex>; readonly done: Promise<void>; end(): void } {
  const began: Deferred<Codex> = deferred();
  const over: Deferred<void> = deferred();
  const done = pool.use(tenant, (codex) => {
    began.resolve(codex);
    return over.promise;
  });
  done.catch(began.reject);
  return { began: began.promise, done, end: () => over.resolve() };
}

describe("CodexPool", () => {
  test("[V11] concurrent first uses start one server, which they share; another tenant has another", async () => {
    const fleet = new Fleet();
    await using pool = fleet.pool();
    assertEquals(pool.size, 0);
    const all = await Promise.all(["a", "a", "a", "b"].map((tenant) => pool.use(tenant, (codex) => codex)));
    assertStrictEquals(all[0], all[2]);
    assert(all[0] !== all[3]);
    assertEquals(fleet.started.sort(), ["a", "b"]);
    assertStrictEquals(await pool.use("a", (codex) => codex), all[0]);
    assertEquals([fleet.started.length, pool.size], [2, 2]);
    assertEquals(await pool.use("a", async (codex) => (await codex.models()).data), []);
    await assertRejects(() => pool.use("a", () => Promise.reject(new Error("mine"))), Error, "mine");
  });

  test("[V11] no more servers than maxServers: an idle one makes room, the longest unused first; else one waits", async () => {
    const fleet = new Fleet();
    await using pool = fleet.pool({ maxServers: 2 });
    for (const tenant of ["a", "b", "a", "c"]) await pool.use(tenant, () => {});
    assertEquals([...fleet.running].sort(), ["a", "c"]);
    const [first, second] = [hold(pool, "a"), hold(pool, "c")];
    await Promise.all([first.began, second.began]);
    const order: string[] = [];
    const waiting = ["d", "e", "d"].map((tenant) => pool.use(tenant, () => void order.push(tenant)));
    assertEquals(order, []);
    // Whoever has a server does not wait.
    await pool.use("a", () => void order.push("a"));
    first.end();
    await Promise.all(waiting);
    assertEquals(order, ["a", "d", "d", "e"]);
    second.end();
    await second.done;
    assertEquals(fleet.most, 2);
  });

  test("[V11] a wait can be given up, alone and at once, and takes no place with it", async () => {
    const fleet = new Fleet();
    await using pool = fleet.pool({ maxServers: 1 });
    const held = hold(pool, "a");
    await held.began;
    const stop = new AbortController();
    const given = pool.use("b", () => assert(false), { signal: stop.signal });
    const patient = pool.use("c", () => "c");
    stop.abort(new Error("too long"));
    await assertRejects(() => given, Error, "too long");
    await assertRejects(
      () => pool.use("b", () => {}, { signal: AbortSignal.abort(new Error("never")) }),
      Error,
      "never",
    );
    held.end();
    assertEquals(await patient, "c");
    assertEquals(fleet.started, ["a", "c"]);
  });

  test("[V11] a start that nobody waits for any more is given up; one of several who does is enough", async () => {
    const fleet = new Fleet();
    const gate = deferred<void>();
    fleet.gate = gate.promise;
    await using pool = fleet.pool({ maxServers: 1 });
    const [one, two] = [new AbortController(), new AbortController()];
    const uses = [one, two].map(({ signal }) => pool.use("a", () => "done", { signal }));
    one.abort(new Error("one"));
    await assertRejects(() => uses[0]!, Error, "one");
    assertEquals(pool.size, 1);
    two.abort(new Error("two"));
    await assertRejects(() => uses[1]!, Error, "two");
    assertEquals(pool.size, 0);
    const again = pool.use("a", () => "again");
    const other = pool.use("b", () => "other");
    gate.resolve();
    assertEquals(await Promise.all([again, other]), ["again", "other"]);
    assertEquals(fleet.most, 1);
  });

  test("[V11] a start that fails is told to all who wait for it, frees its place, and is tried anew", async () => {
    const fleet = new Fleet();
    fleet.fail = new Error("no binary");
    await using pool = fleet.pool({ maxServers: 1 });
    const failed = ["a", "a", "b"].map((tenant) => assertRejects(() => pool.use(tenant, () => {}), Error, "no binary"));
    await Promise.all(failed);
    assertEquals([pool.size, fleet.started], [0, ["a", "b"]]);
    fleet.fail = undefined;
    assertEquals(await pool.use("a", () => "up"), "up");
  });

  test("[V11] a server that dies is replaced with the next use", async () => {
    const fleet = new Fleet();
    await using pool = fleet.pool();
    const first = await pool.use("a", (codex) => codex);
    const closed = first.closed;
    await fleet.servers.get("a")![Symbol.asyncDispose]();
    await closed;
    const second = await pool.use("a", async (codex) => {
      await codex.models();
      return codex;
    });
    assert(first !== second);
  });

  test("[V11] an idle server is ended, and never one that is used", async () => {
    const fleet = new Fleet();
    await using pool = fleet.pool({ idleMs: 0 });
    const held = hold(pool, "a");
    const codex = await held.began;
    await pool.use("a", () => {});
    assertEquals(pool.size, 1);
    held.end();
    await held.done;
    assertEquals(pool.size, 0);
    assertEquals((await codex.closed).reason, "closed");
    await pool.use("a", () => {});
    assertEquals(fleet.started, ["a", "a"]);

    await using slow = fleet.pool({ idleMs: 5 });
    const ended = await slow.use("b", ({ closed }) => ({ closed }));
    assertEquals((await ended.closed).reason, "closed");
    assertEquals(slow.size, 0);
  });

  test("[V11] close() ends servers in use, starts and waits, once and for all", async () => {
    const fleet = new Fleet();
    const pool = fleet.pool({ maxServers: 2 });
    const held = hold(pool, "a");
    const codex = await held.began;
    fleet.gate = new Promise(() => {});
    const starting = pool.use("b", () => {});
    const waiting = pool.use("c", () => {});
    const failed = [starting, waiting].map((use) =>
      assertRejects(() => use, TransportClosedError, "This CodexPool was closed")
    );
    await Promise.all([pool.close(), pool.close(), ...failed]);
    await assertRejects(() => codex.models(), TransportClosedError);
    await assertRejects(() => pool.use("a", () => {}), TransportClosedError, "This CodexPool was closed");
    held.end();
    await held.done;
    assertEquals([pool.size, fleet.running.size], [0, 0]);
  });

  test("[V11] many tenants, few servers, uses that end and are given up at random: all served, never too many", async () => {
    const fleet = new Fleet();
    await using pool = fleet.pool({ maxServers: 3, idleMs: 1 });
    let state = 11;
    const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
    const outcomes = await Promise.all(Array.from({ length: 300 }, async () => {
      const tenant = `t${random(12)}`;
      const stop = new AbortController();
      const gone = random(4) === 0;
      if (gone) queueMicrotask(() => stop.abort(new Error("gone")));
      try {
        return await pool.use(tenant, async (codex) => {
          assert(fleet.running.has(tenant));
          for (let i = random(3); i > 0; i--) await codex.models();
          return "served";
        }, { signal: stop.signal });
      } catch (error) {
        assert(gone && (error as Error).message === "gone", String(error));
        return "gone";
      }
    }));
    assert(outcomes.filter((outcome) => outcome === "served").length > 200);
    assert(fleet.most <= 3, `${fleet.most} servers`);
  });

  test("[V11] handlers of a server run in nobody's async context but the pool's", async () => {
    const active = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const server = new ScriptedAppServer();
    const pool = active.run("pool", () =>
      new CodexPool({
        codex: {
          transport: () => server.connect(),
          handlers: {
            "currentTime/read": () => {
              seen.push(active.getStore());
              return { currentTimeAt: 1 };
            },
          },
        },
      }));
    const inside = await active.run("request", () =>
      pool.use("a", async (codex) => {
        await codex.threadStart();
        await server.ask("currentTime/read", { threadId: "t" });
        return active.getStore();
      }));
    assertEquals([seen, inside], [["pool"], "request"]);
    await pool.close();
  });

  test("[V11] what makes no sense is told", async () => {
    const wrong: [unknown, string][] = [
      [undefined, "new CodexPool"],
      [{}, "the option homes must say"],
      [{ codex: {} }, "the option homes must say"],
      [{ homes: 1 }, "homes must be the path"],
      [{ homes: "/h", max: 1 }, "maxServers"],
      [{ homes: "/h", codex: { model: "x" } }, "model"],
    ];
    for (const [options, message] of wrong) assertThrows(() => new CodexPool(options as never), TypeError, message);
    for (const maxServers of [0, 1.5, -1, NaN]) {
      assertThrows(() => new CodexPool({ homes: "/h", maxServers }), RangeError);
    }
    assertThrows(() => new CodexPool({ homes: "/h", idleMs: -1 }), RangeError);
    await using pool = new CodexPool({ homes: "relative/homes", codex: {} });
    await assertRejects(() => pool.use("a", () => {}), TypeError, "must be an absolute path");
    for (const tenant of ["", "\ud83d", 1, undefined]) {
      await assertRejects(() => pool.use(tenant as never, () => {}), TypeError, "the tenant must be");
    }
    await assertRejects(() => pool.use("a", undefined as never), TypeError, "the work must be a function");
    await assertRejects(() => pool.use("a", () => {}, { timeoutMs: 1 } as never), TypeError, "timeoutMs");
    await using none = new CodexPool({ codex: () => ({}) });
    await assertRejects(() => none.use("a", () => {}), TypeError, "env.CODEX_HOME of its own");
  });

  test("[V11] the folder of a tenant is its own, on every file system, and below that of the homes", () => {
    const tenants = [
      "a",
      "A",
      "a/b",
      "a\\b",
      "..",
      ".",
      "/etc",
      "c:",
      "con",
      "nul",
      " ",
      "a ",
      "a.",
      "é",
      "e\u0301",
      "_41",
      "\0",
      "*",
      "😀",
    ];
    const names = tenants.map(folderName);
    assertEquals(new Set(names.map((name) => name.normalize().toLowerCase())).size, tenants.length);
    for (const name of names) assert(/^tenant-[a-z0-9_-]+$/.test(name), name);
    assertEquals(folderName("customer-7"), "tenant-customer-7");
    assertThrows(() => folderName("x".repeat(200)), TypeError, "too long");
  });
});
