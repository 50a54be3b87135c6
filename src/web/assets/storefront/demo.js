// The storefront's own script: it tells the chat where the shopper is and who they are, carries out
// what the chat puts into the cart, and saves a click here and there. Every page works without it.
(() => {
  "use strict";

  const attendant = (window.attendant = window.attendant || []);
  const told = JSON.parse(document.body.dataset.told);
  attendant.push(["context", told]);
  attendant.push(["customer", async () => {
    const answer = await fetch("/demo/token", { headers: { accept: "application/json" } });
    return answer.ok ? (await answer.json()).customer_token : null;
  }]);

  const toast = document.querySelector("[data-toast]");
  let fading = 0;
  const say = (words) => {
    toast.textContent = words;
    toast.classList.add("on");
    clearTimeout(fading);
    fading = setTimeout(() => toast.classList.remove("on"), 4000);
  };

  // Puts pieces into the cart and shows how many are in it; says whether it worked.
  const add = async (sku, quantity) => {
    const answer = await fetch("/cart/add", {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams({ sku, quantity: String(quantity) }),
    });
    const said = await answer.json();
    if (!answer.ok) {
      say(said.detail);
      return false;
    }
    for (const badge of document.querySelectorAll("[data-pieces]")) {
      badge.textContent = said.pieces;
      badge.hidden = said.pieces === 0;
    }
    attendant.push(["context", { cart: said.cart }]);
    say(said.said);
    return true;
  };

  document.addEventListener("attendant:add-to-cart", (event) => {
    event.preventDefault();
    add(event.detail.variant, event.detail.quantity || 1).catch(() => say("The cart did not answer. Try again."));
  });

  for (const form of document.querySelectorAll("[data-add]")) {
    form.addEventListener("submit", (event) => {
      const fields = new FormData(form);
      if (!fields.get("sku")) return;
      event.preventDefault();
      add(fields.get("sku"), fields.get("quantity")).catch(() => form.submit());
    });
  }

  // Buttons that begin a message in the chat; without a script there is no chat to begin one in.
  for (const button of document.querySelectorAll("[data-draft]")) {
    button.hidden = false;
    button.addEventListener("click", () => attendant.push(["draft", button.dataset.draft]));
  }
  for (const words of document.querySelectorAll("[data-no-chat]")) words.hidden = true;

  for (const select of document.querySelectorAll("[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
  for (const button of document.querySelectorAll("[data-quiet]")) button.hidden = true;

  for (const field of document.querySelectorAll("[data-update]")) {
    field.addEventListener("change", () => {
      const update = field.form.querySelector("[value=update]");
      field.form.requestSubmit(update);
    });
  }
  // One press is enough; the server would make one order of two as well.
  for (const form of document.querySelectorAll("[data-once]")) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
      setTimeout(() => { sent = false; }, 3000);
    });
  }

  // Filters stand open where there is room for them.
  const wide = matchMedia("(min-width: 62rem)");
  const filters = document.querySelector("[data-filters]");
  if (filters && wide.matches) filters.open = true;
})();
