/* Nothing of anybody stays on this device.

   a page without a log-in        what was kept for the time without a network goes; what was tapped and not sent stays
                                  until its owner logs in again
   form[data-leave]               logging out: sends what waits first, then removes everything
   its [data-unreached] (hidden)  shown without a network: the site cannot end the log-in then, and nothing is removed
   its [data-left] (hidden)       shown when something could not be sent; a second press logs out all the same */
(() => {
  "use strict";

  const { diary } = self;
  const form = document.querySelector("form[data-leave]");
  const who = document.body.dataset.who || "";
  if (!form) { if (!who) diary.forget(true).catch(() => {}); return; }

  const left = form.querySelector("[data-left]");
  const unreached = form.querySelector("[data-unreached]");
  let asked = false;

  const say = (word) => {
    for (const one of [left, unreached]) one.hidden = one !== word;
    word.focus();
  };

  const leave = async () => {
    if (!await diary.isReached()) { say(unreached); return; }
    const token = form.querySelector("input[name=csrfmiddlewaretoken]").value;
    if (!asked && who) {
      await diary.send(who, token);
      if ((await diary.waiting(who)).length) {
        asked = true;
        say(left);
        return;
      }
    }
    await diary.forget(false);
    form.submit();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave().catch(() => form.submit());
  });
})();
