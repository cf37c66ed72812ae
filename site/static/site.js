// What the buttons and sliders of a notebook do without a kernel.
"use strict";

function ask(question) {
  const [text, list, answer] = question.querySelectorAll("p, ul, details");
  const why = answer.querySelector("p").textContent, answers = [...list.children];
  const right = answers.findIndex(each => why.startsWith(`${each.textContent}. `));
  const row = document.createElement("div"), said = document.createElement("div");
  const tried = [], over = () => tried.includes(right) ||
    tried.length == Math.min(2, answers.length - 1);
  question.className = "rh-live rh-question";
  question.role = "group";
  question.ariaLabel = text.textContent;
  said.role = "status";
  row.append(...answers.map((each, number) => {
    const button = document.createElement("button");
    button.textContent = each.textContent;
    button.onclick = () => {
      if (!over() && !tried.includes(number)) tried.push(number);
      for (const each of over() ? [...tried, right] : tried)
        row.children[each].classList.add(each == right ? "rh-right" : "rh-wrong");
      const found = tried.at(-1) == right;
      said.className = `rh-box ${found ? "rh-right" : "rh-wrong"}`;
      said.innerHTML = `<strong>${found ? "✓ Right." : "✗ Not that one."}</strong> `;
      said.append(found ? why.slice(answers[right].textContent.length + 2)
        : over() ? `It is: ${why}` : "Try once more.");
    };
    return button;
  }));
  list.replaceWith(row);
  answer.replaceWith(said);
}

function explore(explorer) {
  const controls = JSON.parse(explorer.querySelector("script").textContent);
  const [image, status] = explorer.querySelectorAll("img, [role=status]");
  const inputs = [...explorer.querySelectorAll("input, select")];
  const src = (number, frame) => `${explorer.dataset.place}-${number}-${frame}.webp`;
  const show = (number, frame) => {  // a control moves from the values that all had at first
    controls.forEach(({first, frames}, other) => {
      const input = inputs[other], value = input.parentElement.querySelector("span");
      input.value = other == number ? frame : first;
      if (value) value.textContent = input.ariaValueText = frames[input.value][0];
    });
    image.src = src(number, frame);
    image.alt = status.textContent = controls[number].frames[frame][1];
  };
  inputs.forEach((input, number) => {
    const button = input.parentElement.querySelector("button");
    let timer;
    input.oninput = () => show(number, +input.value);
    if (button) button.onclick = () => {
      timer = timer ? clearInterval(timer) : setInterval(() =>
        show(number, (+input.value + 1) % controls[number].frames.length), 150);
      button.ariaPressed = Boolean(timer);
    };
  });
  show(0, controls[0].first);
  explorer.querySelector(".rh-controls").hidden = false;
  new IntersectionObserver(([{isIntersecting}], observer) => {
    if (!isIntersecting) return;
    observer.disconnect();
    explorer.loaded = controls.flatMap(({frames}, number) => frames.map((_, frame) =>
      Object.assign(new Image(), {fetchPriority: "low", src: src(number, frame)})));
  }, {rootMargin: "300px"}).observe(explorer);
}

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".rh-still:has(details)").forEach(ask);
  document.querySelectorAll(".rh-explorer").forEach(explore);
});
