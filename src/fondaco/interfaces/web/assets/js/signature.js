/* A signature is drawn: points in a field of 1000 by 400, joined by lines; nothing else is sent. */
export function startSignature(root) {
  const field = root.querySelector("svg");
  const path = field.querySelector("path");
  const value = root.querySelector("input");
  let strokes = [];
  let stroke = null;
  const show = () => {
    const drawn = strokes.filter((points) => points.length > 1).map((points) => points.map((point, n) => `${n ? "L" : "M"}${point}`).join(" ")).join(" ");
    path.setAttribute("d", drawn);
    value.value = drawn.length <= 20000 ? drawn : value.value;
  };
  const at = (event) => {
    const box = field.getBoundingClientRect();
    const scaled = (part, size, most) => Math.max(0, Math.min(most, Math.round((part / size) * (most + 1))));
    return `${scaled(event.clientX - box.left, box.width, 999)} ${scaled(event.clientY - box.top, box.height, 399)}`;
  };
  field.addEventListener("pointerdown", (event) => { event.preventDefault(); field.setPointerCapture(event.pointerId); stroke = [at(event)]; strokes.push(stroke); });
  field.addEventListener("pointermove", (event) => { if (!stroke) return; const point = at(event); if (point !== stroke.at(-1)) { stroke.push(point); show(); } });
  for (const end of ["pointerup", "pointercancel"]) field.addEventListener(end, () => { stroke = null; });
  root.querySelector("[data-signs-anew]").addEventListener("click", () => { strokes = []; show(); });
}
