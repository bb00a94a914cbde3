/** All of the entry, for a page's script. */
import * as state from "@codex-app-server/sdk/state";

globalThis.state = { ...state };
