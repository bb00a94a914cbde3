/** An empty program, which tells what the runtime itself needs until here. */
import { finish, mainThreadMs } from "./measure.ts";

finish({ wallMs: performance.now(), mainMs: mainThreadMs() });
