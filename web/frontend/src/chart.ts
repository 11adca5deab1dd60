// Time series with uPlot: data from a JSON script next to the figure, colours from the page's tokens.
import uPlot from "uplot";
import { locale, zone } from "./page";

interface Series {
  label: string;
  values: (number | null)[];
  tone?: string;
}

interface Figure {
  x: number[];
  series: Series[];
  markers?: { x: number; label: string }[];
  unit?: string;
}

const charts = new Map<HTMLElement, { plot: uPlot; text: string }>();
const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

function token(name: string): string {
  // canvas does not read var(); the computed colour of a real element does the conversion
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function source(element: HTMLElement): string {
  return document.getElementById(element.dataset["chart"] ?? "")?.textContent ?? "";
}

function markers(figure: Figure): uPlot.Plugin {
  return {
    hooks: {
      // until someone points, the legend shows the latest value
      ready: (plot: uPlot) => void setTimeout(() => plot.setLegend({ idx: figure.x.length - 1 }, false)),
      draw: (plot: uPlot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = token("muted-foreground");
        ctx.font = `${11 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
        ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
        const taken: number[] = []; // where each line of labels ends, so that neighbours do not overlap
        const shown = (figure.markers ?? [])
          .map(({ x, label }) => ({ label, left: Math.round(plot.valToPos(x, "x", true)) }))
          .filter(({ left }) => left >= bbox.left && left <= bbox.left + bbox.width);
        for (const { left } of shown) {
          ctx.beginPath();
          ctx.moveTo(left, bbox.top);
          ctx.lineTo(left, bbox.top + bbox.height);
          ctx.stroke();
        }
        for (const { label, left } of shown) {
          const width = ctx.measureText(label).width + 12 * devicePixelRatio;
          const start = Math.max(bbox.left, Math.min(left, bbox.left + bbox.width - width)); // keep words inside
          const free = taken.findIndex((end) => end <= start);
          const line = free < 0 ? taken.length : free;
          taken[line] = start + width;
          const base = bbox.top + (11 + 14 * line) * devicePixelRatio;
          ctx.fillStyle = token("card"); // a neighbour's dashes run behind the words
          ctx.fillRect(start + 3 * devicePixelRatio, base - 10 * devicePixelRatio, width - 8 * devicePixelRatio, 13 * devicePixelRatio);
          ctx.fillStyle = token("muted-foreground");
          ctx.textAlign = "left";
          ctx.fillText(label, start + 5 * devicePixelRatio, base);
        }
        ctx.restore();
      },
    },
  };
}

function axis(extra: uPlot.Axis): uPlot.Axis {
  return {
    stroke: token("muted-foreground"),
    grid: { stroke: token("border"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    ...extra,
  };
}

function line({ label, tone = "primary" }: Series, index: number, unit: string): uPlot.Series {
  const colour = token(tone === "primary" ? "primary" : `${tone}-solid`);
  return {
    label,
    stroke: colour,
    width: 1.75,
    points: { show: false },
    ...(index === 0 ? { fill: colour.replace(/\)$/, " / 0.1)") } : {}),
    value: (_plot, value) => (value === null ? "—" : `${number.format(value)} ${unit}`.trim()),
  };
}

function options(element: HTMLElement, figure: Figure): uPlot.Options {
  const unit = figure.unit ?? element.dataset["unit"] ?? "";
  const clock = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone: zone });
  const room = figure.markers?.length ? 1.4 : 1.12; // marker words are above the line
  return {
    width: element.clientWidth,
    height: Math.max(120, element.clientHeight - 34),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
    cursor: { points: { size: 7 }, y: false },
    legend: { live: true },
    plugins: [markers(figure)],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * room)] } },
    axes: [axis({ space: 60, size: 28, values: (_plot, splits, _index, _space, step) => splits.map((at) => clockLabel(at, step)) }), axis({ size: 46, values: (_plot, splits) => splits.map((value) => number.format(value)) })],
    series: [
      { value: (_plot, value) => (value === null ? "—" : clock.format(value * 1_000)), label: "" },
      ...figure.series.map((series, index) => line(series, index, unit)),
    ],
  };
}

function clockLabel(seconds: number, step: number): string {
  const form: Intl.DateTimeFormatOptions = step >= 86_400
    ? { day: "numeric", month: "short" }
    : { hour: "2-digit", minute: "2-digit", ...(step < 60 ? { second: "2-digit" } : {}), hourCycle: "h23" };
  return new Intl.DateTimeFormat(locale, { ...form, timeZone: zone }).format(seconds * 1_000);
}

function paint(element: HTMLElement): void {
  const text = source(element);
  const figure = JSON.parse(text) as Figure;
  charts.get(element)?.plot.destroy();
  const data = [figure.x, ...figure.series.map((series) => series.values)] as uPlot.AlignedData;
  const plot = new uPlot(options(element, figure), data, element);
  charts.set(element, { plot, text });
}

function repaint(force: boolean): void {
  for (const [element, { plot, text }] of charts) {
    if (!element.isConnected) {
      plot.destroy();
      charts.delete(element);
    } else if (force || source(element) !== text) paint(element);
  }
}

export function draw(element: HTMLElement): void {
  paint(element);
  new ResizeObserver(() => {
    const plot = charts.get(element)?.plot;
    if (plot && plot.width !== element.clientWidth && element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: plot.height });
  }).observe(element);
}

document.addEventListener("htmx:after:swap", () => repaint(false));
document.addEventListener("themechange", () => repaint(true));
