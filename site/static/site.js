// Questions answer and explorers move: what their buttons and sliders do in a notebook, without a kernel.
"use strict";

function ask(question) {
  const [text, list, answer] = question.querySelectorAll("p, ul, details");
  const replies = [...question.querySelectorAll("template")].map(each => each.innerHTML);
  const right = +question.dataset.right, tried = new Set(), said = document.createElement("div");
  const row = document.createElement("div");
  question.setAttribute("role", "group");
  question.setAttribute("aria-label", text.textContent);
  said.setAttribute("role", "status");
  const over = () => tried.has(right) || tried.size >= Math.min(2, list.children.length - 1);
  [...list.children].forEach((item, number) => {
    const button = document.createElement("button");
    button.textContent = item.textContent;
    button.onclick = () => {
      if (!over()) tried.add(number);
      for (const each of over() ? [...tried, right] : tried)
        row.children[each].classList.add(each == right ? "rh-right" : "rh-wrong");
      said.innerHTML = replies[!over() ? 1 : [...tried].pop() == right ? 0 : 2];
    };
    row.append(button);
  });
  list.replaceWith(row);
  answer.replaceWith(said);
}

function explore(explorer) {
  const controls = JSON.parse(explorer.querySelector("script").textContent);
  const [image, status] = explorer.querySelectorAll("img, [role=status]");
  const place = (number, frame) => `${explorer.dataset.place}-${number}-${frame}.webp`;
  const rows = [...explorer.querySelector(".rh-controls").children];

  function set(number, frame) {  // what a control shows of itself
    const [label] = controls[number].frames[frame], inputs = rows[number].querySelectorAll("input");
    if (controls[number].buttons) inputs[frame].checked = true;
    else {
      inputs[0].value = frame;
      inputs[0].setAttribute("aria-valuetext", label);
      rows[number].querySelector("output").textContent = label;
    }
  }
  function move(number, frame) {  // one control, from the values that all of them had at first
    controls.forEach((control, other) => set(other, other == number ? frame : control.first));
    image.src = place(number, frame);
    image.alt = status.textContent = controls[number].frames[frame][1];
  }
  rows.forEach((row, number) => {
    row.addEventListener("input", event => move(number, +event.target.value));
    const button = row.querySelector("button"), slider = row.querySelector("input");
    let timer = null;
    if (button) button.onclick = () => {
      const step = () => {
        const next = +slider.value + 1, end = next >= controls[number].frames.length;
        if (!end) return move(number, next);
        clearInterval(timer);
        timer = null;
        turn();
      };
      const turn = () => {
        button.textContent = timer ? "⏸" : "▶";
        button.ariaLabel = timer ? "pause" : "play";
      };
      if (timer) timer = clearInterval(timer);
      else {
        if (+slider.value + 1 >= controls[number].frames.length) move(number, 0);
        timer = setInterval(step, 150);
      }
      turn();
    };
  });
  explorer.querySelector(".rh-controls").hidden = false;
  new IntersectionObserver((entries, observer) => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    observer.disconnect();
    explorer.loaded = controls.flatMap((control, number) => control.frames.map((_, frame) =>
      Object.assign(new Image(), {fetchPriority: "low", src: place(number, frame)})));
  }, {rootMargin: "300px"}).observe(explorer);
}

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".rh-question").forEach(ask);
  document.querySelectorAll(".rh-explorer").forEach(explore);
});
