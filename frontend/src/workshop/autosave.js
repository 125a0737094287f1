// Keeps what is being drawn: a moment after the last change, one request at a time, never over somebody else's work.
const PAUSE = 900;
const AGAIN = 5000;

export function keeping(board, write, heard) {
  const words = JSON.parse(board.querySelector("[data-words]").innerHTML);
  const status = board.querySelector("[data-saved]");
  const readonly = "readonly" in board.dataset;
  let revision = Number(board.dataset.revision);
  let timer, busy = false, dirty = false, unkept = false, stopped = readonly;

  function changed() {
    if (stopped) return;
    dirty = true;
    status.textContent = words.saving;
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  }

  async function keep() {
    if (busy || stopped) return;
    busy = true;
    dirty = false;
    try {
      const answer = await fetch(`${board.dataset.source}?revision=${revision}`, {
        method: "PUT",
        body: await write(),
        headers: { "Content-Type": "application/xml", Accept: "application/json", "x-csrf-token": document.body.dataset.csrf },
      });
      const said = await answer.json();
      if (!answer.ok) return refused(said);
      unkept = false;
      revision = said.revision;
      board.dataset.revision = revision;
      status.textContent = words.saved;
      others(said.others);
      heard(said.findings);
    } catch {
      status.textContent = words.failed;
      dirty = true;
    } finally {
      busy = false;
      if (dirty && !stopped) timer = setTimeout(keep, status.textContent === words.failed ? AGAIN : PAUSE);
    }
  }

  function refused(said) {
    stopped = said.code === "saved_meanwhile" || said.code === "draft_ended";
    // Still not kept: whoever leaves the page is asked first.
    unkept = true;
    status.textContent = document.documentElement.lang === "en" ? said.message_en : said.message_zh;
    status.classList.add("refused");
  }

  function others(names) {
    const note = board.querySelector("[data-others]");
    note.hidden = !names.length;
    note.querySelector("span").textContent = names.join("、");
  }

  addEventListener("beforeunload", (event) => {
    if (dirty || busy || unkept) event.preventDefault();
  });
  return { changed, keep, words, get readonly() { return readonly; } };
}
