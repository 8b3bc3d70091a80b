// What is wrong with the page in this window, and its figures.
(() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  const name = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") + " `" + e.textContent.trim().slice(0, 30) + "`";
  for (const e of document.querySelectorAll("details")) e.open = true;
  if (document.documentElement.scrollWidth > width) {
    problems.push("the page is " + document.documentElement.scrollWidth + " pixels wide, its window " + width);
    for (const e of document.body.querySelectorAll("*")) {
      if (e.getBoundingClientRect().right > width + 1 && !e.closest("svg *, .scroll *, pre *")) problems.push("too wide: " + name(e));
    }
  }
  for (const e of document.images) {
    if (!e.complete || e.naturalWidth === 0) problems.push("a picture did not load: " + e.src.slice(0, 60));
  }

  // colours as R, G, B, opacity; the window's own below everything
  const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const colour = text => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data].map((v, i) => i === 3 ? v / 255 : v);
  };
  const over = (above, below) => [0, 1, 2].map(i => above[i] * above[3] + below[i] * (1 - above[3]));
  const canvas = document.createElement("p");
  canvas.style.background = "Canvas";
  document.body.append(canvas);
  const ground = colour(getComputedStyle(canvas).backgroundColor);
  canvas.remove();
  const behind = e => e === null ? ground : over(colour(getComputedStyle(e).backgroundColor), behind(e.parentElement));
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  if ((light(ground) < 0.5) !== dark) problems.push("the ground is not " + (dark ? "dark" : "light"));
  for (const e of document.body.querySelectorAll("*")) {
    if (![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.textContent.trim())) continue;
    if (e.closest("style, script")) continue;
    const style = getComputedStyle(e), below = behind(e.closest("svg")?.parentElement ?? e);
    const of = light(over(colour(e.closest("svg") ? style.fill : style.color), below)), to = light(below);
    // WCAG 2.1, 1.4.3
    const contrast = (Math.max(of, to) + 0.05) / (Math.min(of, to) + 0.05);
    if (contrast < 4.5) problems.push("a contrast of " + contrast.toFixed(1) + ": " + name(e));
  }

  const figures = [...document.querySelectorAll("[data-figure]")].map(e =>
    ({path: e.dataset.figure, text: e.textContent, times: Number(e.dataset.times ?? 1)}));
  return {problems, figures};
})()
