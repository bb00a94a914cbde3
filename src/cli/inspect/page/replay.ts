import { byId } from "./dom.ts";

/** Shows what was seen again as it went: up to a moment, which moves. */
export class Replay {
  /** Up to when lines are shown: `Infinity` for all, those to come included. */
  until: number = Infinity;
  readonly #draw: () => void;
  readonly #slider = byId<HTMLInputElement>("time");
  readonly #button = byId<HTMLButtonElement>("play");
  #from = 0;
  #to = 0;
  #last: number | null = null;

  constructor(draw: () => void) {
    this.#draw = draw;
    this.#slider.addEventListener("input", () => {
      this.#stop();
      const part = Number(this.#slider.value) / Number(this.#slider.max);
      this.until = part >= 1 ? Infinity : this.#from + part * (this.#to - this.#from);
      draw();
    });
    this.#button.addEventListener("click", () => this.#last === null ? this.#play() : this.#stop());
  }

  /** What there is to show. */
  within(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    const length = to - from;
    const part = this.until === Infinity || length <= 0 ? 1 : Math.max(0, (this.until - from) / length);
    this.#slider.value = String(part * Number(this.#slider.max));
  }

  /** Shows all again. */
  end(): void {
    this.#stop();
    this.until = Infinity;
  }

  #play(): void {
    if (this.until >= this.#to) this.until = this.#from;
    this.#last = performance.now();
    this.#button.textContent = "Pause";
    const step = (time: number) => {
      if (this.#last === null) return;
      this.until += (time - this.#last) * Number(byId<HTMLSelectElement>("speed").value);
      this.#last = time;
      if (this.until >= this.#to) this.end();
      this.#draw();
      if (this.#last !== null) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
    this.#draw();
  }

  #stop(): void {
    this.#last = null;
    this.#button.textContent = "Replay";
  }
}
