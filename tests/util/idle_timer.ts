/**
 * A program that has nothing left to do but an idle timer of ten minutes.
 *
 * @module
 */
import { startIdleTimer } from "../../src/util/timer.ts";

startIdleTimer(600_000, () => {});
